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

    // ln 2 in two parts: products of the first with whole numbers below 2^9 are exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // Largest argument with a finite result, and the smallest whose result is kept.
    private const float ExpOverflow = 88.7228317f;
    private const float ExpUnderflow = -86.6433f;

    /// <summary>e^x within 1.5 ulp; results below 2^-125 are flushed to zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        var n = Vector256.Round(x * Log2E);
        var r = Fma(n, Vector256.Create(-Ln2High), x);
        r = Fma(n, Vector256.Create(-Ln2Low), r);

        // e^r = 1 + r + r² · p(r) for |r| ≤ ln 2 / 2, by a minimax fit (relative error 3.2e-9).
        var p = Fma(Vector256.Create(0.001395058146f), r, Vector256.Create(0.008368953637f));
        p = Fma(p, r, Vector256.Create(0.04166620449f));
        p = Fma(p, r, Vector256.Create(0.1666651831f));
        p = Fma(p, r, Vector256.Create(0.5000000096f));
        var y = Fma(p, r * r, r) + Vector256<float>.One;

        // 2^n in two steps, because 2^128 is not a float32.
        var half = ((Vector256.ConvertToInt32Native(n) + Vector256.Create(126)) << 23).AsSingle();
        y = y * half * Vector256.Create(2f);
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
        var n = Vector256.Round(x);
        var f = x - n;

        // 2^f for |f| ≤ 1/2, by a minimax fit (relative error 1.9e-9).
        var p = Fma(Vector256.Create(0.0001547641894f), f, Vector256.Create(0.001340040402f));
        p = Fma(p, f, Vector256.Create(0.009618003468f));
        p = Fma(p, f, Vector256.Create(0.05550327457f));
        p = Fma(p, f, Vector256.Create(0.2402265135f));
        p = Fma(p, f, Vector256.Create(0.6931472064f));
        p = Fma(p, f, Vector256<float>.One);
        var y = (p.AsInt32() + (Vector256.ConvertToInt32Native(n) << 23)).AsSingle();
        return Vector256.AndNot(y, Vector256.LessThan(x, Vector256.Create(-125f)));
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
}
