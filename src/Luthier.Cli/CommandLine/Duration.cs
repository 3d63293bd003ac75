using System.Globalization;

namespace Luthier.Cli.CommandLine;

/// <summary>How times read.</summary>
internal static class Duration
{
    /// <summary>Two units at most: <c>1h 05m</c>, <c>3m 20s</c>, <c>8s</c>; a begun second counts.</summary>
    public static string Short(TimeSpan time)
    {
        var seconds = (long)Math.Ceiling(Math.Max(time.TotalSeconds, 0));
        return seconds switch
        {
            >= 3600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}h {seconds / 60 % 60:00}m"),
            >= 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m {seconds % 60:00}s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds}s"),
        };
    }
}
