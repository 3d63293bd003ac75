using System.Diagnostics;
using System.Globalization;
using Luthier.Generation;
using Luthier.Generation.Sampling;

namespace Luthier.Benchmarks;

/// <summary>
/// Chooses tokens from rows of normally distributed logits, which are copied anew for each token, and prints the median
/// time of a choice without the copy.
/// </summary>
internal static class SamplingPasses
{
    private const int Warming = 300;
    private const int Tokens = 1000;

    public static int Run()
    {
        var greedy = new GenerationOptions { Temperature = 0 };
        var draw = new GenerationOptions();
        Report("greedy", greedy, 32_000, 3);
        Report("greedy", greedy, 128_000, 3);
        foreach (var deviation in (double[])[1, 3, 6])
        {
            Report("draw", draw, 128_000, deviation);
            Report("top-p 0.95", draw with { TopP = 0.95 }, 128_000, deviation);
            Report("top-k 50", draw with { TopK = 50 }, 128_000, deviation);
            Report("top-k 50, top-p 0.95", draw with { TopK = 50, TopP = 0.95 }, 128_000, deviation);
            Report("min-p 0.05", draw with { MinP = 0.05 }, 128_000, deviation);
        }

        Report("greedy, 5 logprobs", greedy with { Logprobs = 5 }, 128_000, 3);
        return 0;
    }

    private static void Report(string name, GenerationOptions options, int vocabulary, double deviation)
    {
        var random = new Random(1);
        float[] model = [.. Enumerable.Range(0, vocabulary).Select(_ => (float)(deviation * Normal(random)))];
        var logits = new float[vocabulary];
        var chain = new SamplingChain(options, []);
        var times = new double[Tokens];
        for (var i = -Warming; i < Tokens; i++)
        {
            model.CopyTo(logits, 0);
            var start = Stopwatch.GetTimestamp();
            chain.Choose(logits);
            times[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Array.Sort(times);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name, -22} {vocabulary, 8:N0} tokens, deviation {deviation}: {times[Tokens / 2], 6:F1} µs"
            )
        );
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
