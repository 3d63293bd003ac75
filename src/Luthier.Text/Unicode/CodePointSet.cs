using System.Globalization;
using System.Text;

namespace Luthier.Text.Unicode;

/// <summary>A set of code points as sorted, inclusive ranges that don't touch. Surrogates are never members.</summary>
public sealed class CodePointSet
{
    private const int Last = 0x10FFFF;
    private const int FirstSurrogate = 0xD800;
    private const int LastSurrogate = 0xDFFF;
    private const int FirstSupplementary = 0x10000;

    private readonly (int Start, int End)[] parts;

    private CodePointSet(List<(int Start, int End)> ranges) => parts = [.. ranges];

    public static CodePointSet Empty { get; } = new([]);

    /// <summary>Every code point.</summary>
    public static CodePointSet All { get; } = FromRanges([(0, Last)]);

    /// <summary>The ranges, from the lowest on.</summary>
    public IReadOnlyList<(int Start, int End)> Ranges => parts;

    /// <summary>All code points of some ranges, in any order; they may overlap.</summary>
    public static CodePointSet FromRanges(IEnumerable<(int Start, int End)> ranges)
    {
        var merged = new List<(int Start, int End)>();
        foreach (var (start, end) in ranges.SelectMany(WithoutSurrogates).OrderBy(r => r.Start))
        {
            if (merged.Count > 0 && start <= merged[^1].End + 1)
            {
                merged[^1] = (merged[^1].Start, Math.Max(merged[^1].End, end));
            }
            else
            {
                merged.Add((start, end));
            }
        }

        return new(merged);
    }

    /// <summary>All code points of some general categories; bit n of the mask stands for the category of value n.</summary>
    public static CodePointSet FromCategories(uint mask)
    {
        var ranges = new List<(int Start, int End)>();
        var start = -1;
        for (var code = 0; code <= Last + 1; code++)
        {
            var member = code <= Last && ((mask >> (int)CharUnicodeInfo.GetUnicodeCategory(code)) & 1) != 0;
            if (member && start < 0)
            {
                start = code;
            }
            else if (!member && start >= 0)
            {
                ranges.Add((start, code - 1));
                start = -1;
            }
        }

        return FromRanges(ranges);
    }

    public CodePointSet Union(CodePointSet other) => FromRanges(parts.Concat(other.parts));

    public CodePointSet Complement()
    {
        var ranges = new List<(int Start, int End)>();
        var next = 0;
        foreach (var (start, end) in parts)
        {
            if (start > next)
            {
                ranges.Add((next, start - 1));
            }

            next = end + 1;
        }

        if (next <= Last)
        {
            ranges.Add((next, Last));
        }

        return FromRanges(ranges);
    }

    public CodePointSet Intersect(CodePointSet other) => Complement().Union(other.Complement()).Complement();

    public bool Contains(int codePoint)
    {
        var low = 0;
        var high = parts.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint < parts[middle].Start)
            {
                high = middle - 1;
            }
            else if (codePoint > parts[middle].End)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The set as a regular expression over UTF-16 units, one atom: characters beyond the basic plane, which .NET's
    /// classes don't know, become pairs of surrogates.
    /// </summary>
    public string ToExpression()
    {
        var alternatives = new List<string>();
        var basic = new StringBuilder();
        foreach (var (start, end) in parts.Where(r => r.Start < FirstSupplementary))
        {
            AppendRange(basic, start, Math.Min(end, FirstSupplementary - 1));
        }

        if (basic.Length > 0)
        {
            alternatives.Add($"[{basic}]");
        }

        // Lead surrogates that allow the same trail surrogates share an alternative.
        var leadsByTrails = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
        foreach (var (lead, trails) in PairsByLead())
        {
            if (!leadsByTrails.TryGetValue(trails, out var leads))
            {
                leadsByTrails.Add(trails, leads = new StringBuilder());
            }

            AppendRange(leads, lead, lead);
        }

        alternatives.AddRange(leadsByTrails.Select(pair => $"[{pair.Value}][{pair.Key}]"));
        return alternatives.Count switch
        {
            0 => "(?!)",
            1 when basic.Length > 0 => alternatives[0],
            _ => $"(?:{string.Join('|', alternatives)})",
        };
    }

    private SortedDictionary<int, string> PairsByLead()
    {
        var trailsByLead = new SortedDictionary<int, StringBuilder>();
        foreach (var (start, end) in parts.Where(r => r.End >= FirstSupplementary))
        {
            for (var code = Math.Max(start, FirstSupplementary); code <= end; )
            {
                var lead = char.ConvertFromUtf32(code)[0];
                var endOfLead = Math.Min(end, code | 0x3FF);
                if (!trailsByLead.TryGetValue(lead, out var trails))
                {
                    trailsByLead.Add(lead, trails = new StringBuilder());
                }

                AppendRange(trails, 0xDC00 | (code & 0x3FF), 0xDC00 | (endOfLead & 0x3FF));
                code = endOfLead + 1;
            }
        }

        return new(trailsByLead.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()));
    }

    private static void AppendRange(StringBuilder target, int start, int end)
    {
        target.Append(CultureInfo.InvariantCulture, $"\\u{start:X4}");
        if (end > start)
        {
            target.Append(CultureInfo.InvariantCulture, $"-\\u{end:X4}");
        }
    }

    private static IEnumerable<(int Start, int End)> WithoutSurrogates((int Start, int End) range)
    {
        if (range.Start < FirstSurrogate)
        {
            yield return (range.Start, Math.Min(range.End, FirstSurrogate - 1));
        }

        if (range.End > LastSurrogate)
        {
            yield return (Math.Max(range.Start, LastSurrogate + 1), range.End);
        }
    }
}
