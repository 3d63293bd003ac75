using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Matrices;

/// <summary>One product of random operands, and how far it may lie from the exact one.</summary>
public sealed record Product(int M, int N, int K, bool TransposeA, bool TransposeB)
{
    public DType TypeA { get; init; } = DType.Float32;

    public DType TypeB { get; init; } = DType.Float32;

    public MatMulPrecision Precision { get; init; } = MatMulPrecision.Float32;

    public float Alpha { get; init; } = 1;

    public bool Accumulate { get; init; }

    /// <summary>c as a device gives it.</summary>
    public float[] Compute(Device device, int seed)
    {
        var (a, b, c) = Operands(seed);
        device.MatMul(a, TransposeA, b, TransposeB, c, Alpha, Accumulate, Precision);
        return c.Values();
    }

    /// <summary>
    /// Compares with the exact product of the operands as they are, or rounded to bfloat16 where that is the precision
    /// (either will do: rounding is allowed, not asked for). An element may be off by what float32 sums of so many
    /// terms can lose, k · 2⁻²⁴ · Σ|a||b|, and a little for the last steps.
    /// </summary>
    public void Check(Device device, int seed)
    {
        var actual = Compute(device, seed);
        var error = Excess(actual, seed, MatMulPrecision.Float32);
        if (Precision == MatMulPrecision.BFloat16 && error is not null)
        {
            error = Excess(actual, seed, MatMulPrecision.BFloat16);
        }

        if (error is not null)
        {
            Assert.Fail($"{this} on {device.Name}: {error}");
        }
    }

    private string? Excess(float[] actual, int seed, MatMulPrecision precision)
    {
        const double ulp = 1.0 / (1 << 24);
        var (a, b, c) = Operands(seed);
        var start = c.Values();
        var left = Rounded(a, precision);
        var right = Rounded(b, precision);
        for (var i = 0; i < M; i++)
        {
            for (var j = 0; j < N; j++)
            {
                var sum = 0.0;
                var size = 0.0;
                for (var p = 0; p < K; p++)
                {
                    double x = left[TransposeA ? (p * M) + i : (i * K) + p];
                    double y = right[TransposeB ? (j * K) + p : (p * N) + j];
                    sum += x * y;
                    size += Math.Abs(x * y);
                }

                var old = Accumulate ? start[(i * N) + j] : 0;
                var expected = (Alpha * sum) + old;
                var bound = ulp * ((((K / 4) + 8) * size * Math.Abs(Alpha)) + (4 * Math.Abs(old)));
                if (!(Math.Abs(actual[(i * N) + j] - expected) <= bound))
                {
                    return $"c[{i}, {j}] is {actual[(i * N) + j]:R}, expected {expected:R} within {bound:R}";
                }
            }
        }

        return null;
    }

    private static float[] Rounded(Tensor tensor, MatMulPrecision precision)
    {
        var values = tensor.As(DType.Float32).Values();
        if (precision == MatMulPrecision.BFloat16)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = Conversion.BFloat16ToSingle(Conversion.SingleToBFloat16(values[i]));
            }
        }

        return values;
    }

    private (Tensor A, Tensor B, Tensor C) Operands(int seed) =>
        (
            Sample.Normal(seed, TransposeA ? K : M, TransposeA ? M : K).As(TypeA),
            Sample.Normal(seed + 1, TransposeB ? N : K, TransposeB ? K : N).As(TypeB),
            Sample.Normal(seed + 2, M, N)
        );
}
