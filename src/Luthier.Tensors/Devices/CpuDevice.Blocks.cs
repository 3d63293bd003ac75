using Luthier.Tensors.Matrices;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed unsafe partial class CpuDevice
{
    // What stays in the caches between being dequantized and being multiplied.
    private const int DequantizedBytes = 4 << 20;

    /// <summary>The product with a weight of a block type: some of its rows at a time become float32.</summary>
    private void MultiplyByBlocks(
        in MatrixView a,
        Tensor b,
        bool transposeB,
        float* c,
        long cStride,
        float alpha,
        bool accumulate,
        MatMulPrecision precision
    )
    {
        var (rows, columns) = (b.Rows, b.Columns);
        var chunk = Math.Clamp(DequantizedBytes / sizeof(float) / Math.Max(columns, 1), 1, Math.Max(rows, 1));
        var memory = dequantized.Floats((long)chunk * columns);
        for (var start = 0; start < rows || start == 0; start += chunk)
        {
            var count = Math.Min(chunk, rows - start);
            var first = b.Data + b.DType.Bytes((long)start * columns);
            Team.For(
                count,
                1,
                (from, to) =>
                    Conversion.ToFloat32(
                        first + b.DType.Bytes((long)from * columns),
                        b.DType,
                        memory + ((long)from * columns),
                        (long)(to - from) * columns
                    )
            );
            var part = new MatrixView(memory, DType.Float32, count, columns, columns);
            if (transposeB)
            {
                // Rows of b are columns of c.
                Matrices.Multiply(a, part.Transposed, c + start, cStride, alpha, accumulate, precision);
            }
            else
            {
                // Rows of b are terms of the sums.
                var terms = a.Part(0, start, a.Rows, count);
                Matrices.Multiply(terms, part, c, cStride, alpha, accumulate || start > 0, precision);
            }
        }
    }
}
