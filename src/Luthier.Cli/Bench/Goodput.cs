using System.Globalization;

namespace Luthier.Cli.Bench;

/// <summary>What a request must keep to count as good: times in milliseconds, null where there is no limit.</summary>
internal sealed record Goodput(double? FirstToken, double? PerOutputToken, double? EndToEnd)
{
    public const string Expected = "limits in milliseconds such as ttft:200 tpot:50 e2el:5000";

    /// <summary>Reads <c>ttft:200</c> and the like; null where one is none.</summary>
    public static Goodput? Parse(IReadOnlyList<string> limits)
    {
        var goodput = new Goodput(null, null, null);
        foreach (var limit in limits)
        {
            var parts = limit.Split(':');
            if (
                parts.Length != 2
                || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
                || !double.IsFinite(milliseconds)
                || milliseconds < 0
                || goodput.With(parts[0], milliseconds) is not { } next
            )
            {
                return null;
            }

            goodput = next;
        }

        return goodput;
    }

    public bool Holds(RequestTimes times) =>
        times.Error is null
        && !(times.FirstToken * 1000 > FirstToken)
        && !(times.PerOutputToken * 1000 > PerOutputToken)
        && !(times.EndToEnd * 1000 > EndToEnd);

    private Goodput? With(string name, double milliseconds) =>
        name switch
        {
            "ttft" => this with { FirstToken = milliseconds },
            "tpot" => this with { PerOutputToken = milliseconds },
            "e2el" => this with { EndToEnd = milliseconds },
            _ => null,
        };
}
