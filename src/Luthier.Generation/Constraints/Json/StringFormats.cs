using Luthier.Generation.Constraints.Expressions;
using Luthier.Generation.Constraints.Regexes;

namespace Luthier.Generation.Constraints.Json;

/// <summary>The values of the keyword <c>format</c> for strings.</summary>
internal static class StringFormats
{
    // Years from 1 on, for not every reader knows a year 0; months have their days, and leap years theirs.
    private const string Year = @"(?:[1-9]\d{3}|0[1-9]\d\d|00[1-9]\d|000[1-9])";
    private const string Leap = @"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)";
    private const string Date =
        $@"(?:{Year}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))"
        + $@"|{Leap}-02-29)";
    private const string Time = @"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)";
    private const string TimeSpan = @"T(?:\d{1,5}H(?:\d{1,5}M(?:\d{1,5}S)?)?|\d{1,5}M(?:\d{1,5}S)?|\d{1,5}S)";
    private const string Label = @"[A-Za-z0-9](?:[A-Za-z0-9-]{0,28}[A-Za-z0-9])?";
    private const string Hostname = $@"{Label}(?:\.{Label}){{0,7}}";
    private const string Byte = @"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";
    private const string Ipv4 = $@"{Byte}(?:\.{Byte}){{3}}";
    private const string Group = "[0-9A-Fa-f]{1,4}";
    private const string UriCharacter = @"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";

    private static readonly Dictionary<string, string> Patterns = new(StringComparer.Ordinal)
    {
        ["date"] = Date,
        ["time"] = Time,
        ["date-time"] = $"{Date}T{Time}",
        ["duration"] =
            $@"P(?:\d{{1,5}}W|(?:\d{{1,5}}Y(?:\d{{1,5}}M(?:\d{{1,5}}D)?)?|\d{{1,5}}M(?:\d{{1,5}}D)?|\d{{1,5}}D)(?:{TimeSpan})?|{TimeSpan})",
        ["email"] = $@"[A-Za-z0-9_+-]{{1,20}}(?:\.[A-Za-z0-9_+-]{{1,20}}){{0,2}}@(?:{Label}\.){{1,6}}[A-Za-z]{{2,20}}",
        ["hostname"] = Hostname,
        ["ipv4"] = Ipv4,
        ["ipv6"] = Ipv6(),
        ["uri"] =
            $@"[A-Za-z][A-Za-z0-9+.-]{{1,15}}:(?://{Hostname}(?::[1-9]\d{{0,3}})?(?:/{UriCharacter}*)*|{UriCharacter}+(?:/{UriCharacter}*)*)"
            + $@"(?:\?(?:{UriCharacter}|[/?])*)?(?:#(?:{UriCharacter}|[/?])*)?",
        ["uuid"] = "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
    };

    /// <summary>The names, for messages.</summary>
    public static string Known => string.Join(", ", Patterns.Keys);

    /// <summary>The texts of a format, or null where there is none of that name.</summary>
    public static Expression? Find(string name, ConstraintLimits limits) =>
        Patterns.TryGetValue(name, out var pattern) ? RegexParser.ParseWhole(pattern, limits) : null;

    /// <summary>Eight groups, of which :: may stand for one or more.</summary>
    private static string Ipv6()
    {
        var forms = new List<string> { $"(?:{Group}:){{7}}{Group}" };
        for (var before = 0; before <= 7; before++)
        {
            var left = before == 0 ? "" : $"{Group}(?::{Group}){{{before - 1}}}";
            var after = 7 - before;
            var right = after == 0 ? "" : $"(?:{Group}(?::{Group}){{0,{after - 1}}})?";
            forms.Add($"{left}::{right}");
        }

        return $"(?:{string.Join('|', forms)})";
    }
}
