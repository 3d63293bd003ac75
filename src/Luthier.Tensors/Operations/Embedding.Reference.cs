namespace Luthier.Tensors.Operations;

public static unsafe partial class Embedding
{
    /// <summary>Slow and obvious: see <see cref="Devices.Device.Embedding"/>.</summary>
    internal static void Reference(ReadOnlySpan<int> ids, Tensor table, Tensor y, float scale)
    {
        var d = table.Columns;
        for (var row = 0; row < ids.Length; row++)
        {
            var target = y.Float32 + ((long)row * d);
            Conversion.ToFloat32(table.Data + table.DType.Bytes((long)ids[row] * d), table.DType, target, d);
            for (var i = 0; i < d; i++)
            {
                target[i] *= scale;
            }
        }
    }

    /// <summary>Slow and obvious: see <see cref="Devices.Device.EmbeddingBackward"/>.</summary>
    internal static void ReferenceBackward(ReadOnlySpan<int> ids, Tensor dY, Tensor dTable, float scale)
    {
        var d = dTable.Columns;
        for (var row = 0; row < ids.Length; row++)
        {
            for (var i = 0; i < d; i++)
            {
                dTable.Float32[((long)ids[row] * d) + i] += scale * dY.Float32[((long)row * d) + i];
            }
        }
    }
}
