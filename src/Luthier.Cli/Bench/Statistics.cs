namespace Luthier.Cli.Bench;

/// <summary>Mean, spread and percentiles of a series.</summary>
internal sealed class Statistics
{
    private readonly double[] sorted;

    public Statistics(IEnumerable<double> values)
    {
        sorted = [.. values.Order()];
        Mean = sorted.Length == 0 ? 0 : sorted.Average();
        Deviation = sorted.Length == 0 ? 0 : Math.Sqrt(sorted.Average(value => (value - Mean) * (value - Mean)));
    }

    public double Mean { get; }

    /// <summary>The standard deviation of the values themselves, not an estimate from a sample.</summary>
    public double Deviation { get; }

    public double Median => Percentile(50);

    /// <summary>Between neighbours it is interpolated; 0 of no values.</summary>
    /// <param name="percent">0 to 100.</param>
    public double Percentile(double percent)
    {
        if (sorted.Length == 0)
        {
            return 0;
        }

        var place = percent / 100 * (sorted.Length - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
