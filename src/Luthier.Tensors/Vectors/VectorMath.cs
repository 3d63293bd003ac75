using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Vectors;

/// <summary>
/// Elementary functions of eight lanes. Errors are the largest seen over all float32 arguments of a dense sweep, in
/// units of the last place of the result; a test holds them. NaN gives NaN.
/// </summary>
internal static class VectorMath
{
    /// <summary>log₂ e.</summary>
    public const float Log2E = 1.44269504f;

    /// <summary>ln 2.</summary>
    public const float Ln2 = 0.693147181f;

    // What is missing in Log2E.
    private const float Log2ELow = 1.92596303e-8f;

    // Added and taken away again, it rounds to a whole number, which lies in the low bits of the sum.
    private const float Rounder = 12582912f;

    // Largest argument with a finite result, and the smallest whose result is kept.
    private const float ExpOverflow = 88.7228317f;
    private const float ExpUnderflow = -86.6433f;

    /// <summary>e^x within 1.2 ulp; results below 2^-125 are flushed to zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        // x · log₂ e = n + f: f is small, so the product must not be rounded before n is taken away.
        var log2E = Vector256.Create(Log2E);
        var shifted = Fma(x, log2E, Vector256.Create(Rounder));
        var n = shifted - Vector256.Create(Rounder);
        var f = Vector256.FusedMultiplyAdd(x, log2E, -n);
        f = Fma(x, Vector256.Create(Log2ELow), f);
        var y = Scale(PowerOfFraction(f), shifted);
        y = Vector256.ConditionalSelect(
            Vector256.GreaterThan(x, Vector256.Create(ExpOverflow)),
            Vector256.Create(float.PositiveInfinity),
            y
        );
        return Vector256.AndNot(y, Vector256.LessThan(x, Vector256.Create(ExpUnderflow)));
    }

    /// <summary>2^x for x up to 127 within 1.2 ulp; below -125 flushed to zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> PowerOfTwo(Vector256<float> x)
    {
        var shifted = x + Vector256.Create(Rounder);
        var f = x - (shifted - Vector256.Create(Rounder));
        return Vector256.AndNot(Scale(PowerOfFraction(f), shifted), Vector256.LessThan(x, Vector256.Create(-125f)));
    }

    /// <summary>1 / (1 + e^-x) within 3 ulp (below -88.72 zero).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sigmoid(Vector256<float> x) =>
        Vector256<float>.One / (Vector256<float>.One + Exp(-x));

    /// <summary>tanh x within 2 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        var magnitude = Vector256.Abs(x);
        var sign = x & Vector256.Create(-0f);
        var large = Vector256<float>.One - (Vector256.Create(2f) / (Exp(magnitude + magnitude) + Vector256<float>.One));

        // x + x³ · p(x²) for |x| ≤ 0.625, by a minimax fit (relative error 4.2e-9).
        var z = x * x;
        var p = Fma(Vector256.Create(-0.005714694816f), z, Vector256.Create(0.02064858148f));
        p = Fma(p, z, Vector256.Create(-0.05374291593f));
        p = Fma(p, z, Vector256.Create(0.1333148474f));
        p = Fma(p, z, Vector256.Create(-0.333332837f));
        var small = Fma(p * z, x, x);
        return Vector256.ConditionalSelect(
            Vector256.LessThan(magnitude, Vector256.Create(0.625f)),
            small,
            large | sign
        );
    }

    /// <summary>
    /// The cumulative distribution Φ(x) = (1 + erf(x/√2)) / 2 of the normal distribution, within 7 ulp in either tail
    /// (below -13 flushed to zero), and its density.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Normal(Vector256<float> x, out Vector256<float> density)
    {
        const float inverseRoot2 = 0.707106781f;
        const float inverseRoot2Pi = 0.398942280f;

        // e^(−x²/2), with the rounding error of x² put back: the square of the upper half of the digits is exact.
        var magnitude = Vector256.Min(Vector256.Abs(x), Vector256.Create(14f));
        var upper = (magnitude.AsUInt32() & Vector256.Create(0xFFFF_F000u)).AsSingle();
        var square = magnitude * magnitude;
        var error = ((upper * upper) - square) + ((magnitude - upper) * (magnitude + upper));
        var exponential = Exp(square * -0.5f);
        exponential = Fma(exponential, error * -0.5f, exponential);
        density = exponential * inverseRoot2Pi;

        // e^(z²) · erfc(z) · (1 + 2z) is smooth in t = (z − 3) / (z + 3): minimax fit, relative error 2.2e-9.
        var z = magnitude * inverseRoot2;
        var t = (z - Vector256.Create(3f)) / (z + Vector256.Create(3f));
        var p = Fma(Vector256.Create(-0.0002643565296f), t, Vector256.Create(-0.0007678670688f));
        p = Fma(p, t, Vector256.Create(0.002007697455f));
        p = Fma(p, t, Vector256.Create(0.002563946683f));
        p = Fma(p, t, Vector256.Create(-0.02380151637f));
        p = Fma(p, t, Vector256.Create(0.06829577397f));
        p = Fma(p, t, Vector256.Create(-0.1192702457f));
        p = Fma(p, t, Vector256.Create(0.1296464832f));
        p = Fma(p, t, Vector256.Create(-0.04756244183f));
        p = Fma(p, t, Vector256.Create(-0.1356211425f));
        p = Fma(p, t, Vector256.Create(1.25300806f));
        var tail = Vector256.Create(0.5f) * exponential * p / Fma(z, Vector256.Create(2f), Vector256<float>.One);
        return Vector256.ConditionalSelect(
            Vector256.LessThan(x, Vector256<float>.Zero),
            tail,
            Vector256<float>.One - tail
        );
    }

    /// <summary>a · b + c, rounded once where the hardware can.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fma(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.MultiplyAddEstimate(a, b, c);

    // 2^f for |f| ≤ 1/2, by a minimax fit (relative error 1.9e-9).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> PowerOfFraction(Vector256<float> f)
    {
        var p = Fma(Vector256.Create(0.0001547641894f), f, Vector256.Create(0.001340040402f));
        p = Fma(p, f, Vector256.Create(0.009618003468f));
        p = Fma(p, f, Vector256.Create(0.05550327457f));
        p = Fma(p, f, Vector256.Create(0.2402265135f));
        p = Fma(p, f, Vector256.Create(0.6931472064f));
        return Fma(p, f, Vector256<float>.One);
    }

    // y · 2^n, where n lies in the low bits of what Rounder was added to; the result must be a normal number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Scale(Vector256<float> y, Vector256<float> shifted) =>
        (y.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
}
