namespace Luthier.Cli.Bench;

/// <summary>
/// When the requests of a load are sent. The pauses between them are gamma-distributed: with a burstiness of 1 that is
/// a Poisson process, below 1 the requests come in bursts, above 1 more evenly.
/// </summary>
internal static class Arrivals
{
    /// <summary>The pause before each request.</summary>
    /// <param name="rate">Requests a second; infinity sends all at once.</param>
    /// <param name="burstiness">The shape of the distribution, above 0.</param>
    /// <param name="seed">Equal seeds give equal pauses.</param>
    public static IEnumerable<TimeSpan> Pauses(double rate, double burstiness, int seed)
    {
        var random = new Random(seed);
        yield return TimeSpan.Zero;
        while (true)
        {
            yield return double.IsInfinity(rate)
                ? TimeSpan.Zero
                : TimeSpan.FromSeconds(Gamma(burstiness, random) / (rate * burstiness));
        }
    }

    /// <summary>A gamma variate of scale 1 by the method of Marsaglia and Tsang.</summary>
    private static double Gamma(double shape, Random random)
    {
        if (shape < 1)
        {
            return Gamma(shape + 1, random) * Math.Pow(1 - random.NextDouble(), 1 / shape);
        }

        var d = shape - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var normal = Normal(random);
            var v = Math.Pow(1 + (c * normal), 3);
            var u = 1 - random.NextDouble();
            if (v > 0 && Math.Log(u) < (0.5 * normal * normal) + (d * (1 - v + Math.Log(v))))
            {
                return d * v;
            }
        }
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
