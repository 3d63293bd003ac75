namespace Luthier.Tensors.Operations;

/// <summary>
/// c [m, n] = alpha · op(a) [m, k] · op(b) [k, n], added to what c holds when accumulating; op transposes if asked.
/// Operands are float32, bfloat16 or float16 in any mixture, and b may have a block type; c is float32.
/// </summary>
/// <remarks>
/// Rounding: at <see cref="MatMulPrecision.BFloat16"/> both operands are rounded to bfloat16 first, ties to even;
/// products and sums are float32. The sum over k of an element always runs in the same order, whatever the number of
/// threads and whichever part of c is computed with it. Without accumulation c is overwritten without being read, and
/// k = 0 makes it zero. NaN and infinities go through as in plain arithmetic. c overlaps neither operand.
/// </remarks>
public static partial class MatMul
{
    /// <summary>Checks the shapes and gives (m, n, k).</summary>
    /// <exception cref="ArgumentException">The shapes do not fit, or a type can't be computed with.</exception>
    internal static (int M, int N, int K) Shape(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c)
    {
        var (m, k) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        var (inner, n) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        if (k != inner || c.Rows != m || c.Columns != n)
        {
            throw new ArgumentException(
                $"matrix product: {a.Describe()}{Mark(transposeA)} · {b.Describe()}{Mark(transposeB)} does not give {c.Describe()}"
            );
        }

        if (!IsOperand(a.DType) || !(IsOperand(b.DType) || b.DType.IsQuantized()) || c.DType != DType.Float32)
        {
            throw new ArgumentException(
                $"matrix product: {a.Describe()} · {b.Describe()} = {c.Describe()}: operands are float32, bfloat16 or float16, the right one may be quantized, the result is float32"
            );
        }

        return (m, n, k);
    }

    /// <summary>The definition: one dot product after another, summed in double.</summary>
    public static unsafe void Reference(
        Tensor a,
        bool transposeA,
        Tensor b,
        bool transposeB,
        Tensor c,
        float alpha = 1,
        bool accumulate = false,
        MatMulPrecision precision = MatMulPrecision.Float32
    )
    {
        var (m, n, k) = Shape(a, transposeA, b, transposeB, c);
        if (b.DType.IsQuantized())
        {
            b = Tensor.FromValues(Conversion.ToArray(b), b.Shape);
        }

        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var sum = 0.0;
                for (var p = 0; p < k; p++)
                {
                    var x = Operand(a, transposeA ? ((long)p * m) + i : ((long)i * k) + p, precision);
                    var y = Operand(b, transposeB ? ((long)j * k) + p : ((long)p * n) + j, precision);
                    sum += (double)x * y;
                }

                ref var target = ref c.Float32[((long)i * n) + j];
                target = (float)((alpha * sum) + (accumulate ? target : 0));
            }
        }
    }

    /// <summary>An element of an operand as the product sees it.</summary>
    internal static unsafe float Operand(Tensor tensor, long index, MatMulPrecision precision)
    {
        var value = tensor.DType switch
        {
            DType.Float32 => ((float*)tensor.Data)[index],
            DType.BFloat16 => Conversion.BFloat16ToSingle(((ushort*)tensor.Data)[index]),
            _ => (float)((Half*)tensor.Data)[index],
        };
        return precision == MatMulPrecision.BFloat16
            ? Conversion.BFloat16ToSingle(Conversion.SingleToBFloat16(value))
            : value;
    }

    private static bool IsOperand(DType dtype) => dtype is DType.Float32 or DType.BFloat16 or DType.Float16;

    private static string Mark(bool transposed) => transposed ? "ᵀ" : "";
}
