namespace Luthier.Tensors.Operations;

public static unsafe partial class Rope
{
    /// <summary>Slow and obvious: see <see cref="Devices.Device.Rope"/>.</summary>
    internal static void Reference(Tensor x, Tensor cos, Tensor sin, bool inverse)
    {
        var half = cos.Columns;
        for (var n = 0; n < x.Rows; n++)
        {
            for (var head = 0; head < x.Columns / (2 * half); head++)
            {
                var first = x.Float32 + ((long)n * x.Columns) + (head * 2 * half);
                for (var i = 0; i < half; i++)
                {
                    double c = cos.Float32[((long)n * half) + i];
                    double s = sin.Float32[((long)n * half) + i] * (inverse ? -1.0 : 1.0);
                    double a = first[i];
                    double b = first[half + i];
                    first[i] = (float)((a * c) - (b * s));
                    first[half + i] = (float)((b * c) + (a * s));
                }
            }
        }
    }
}
