using System.Collections.Concurrent;

namespace Luthier.Text.Unicode;

/// <summary>The sets that <c>\p{name}</c>, <c>[:name:]</c> and the one-letter classes of regular expressions mean.</summary>
public static class UnicodeProperties
{
    private static readonly ConcurrentDictionary<string, CodePointSet?> Cache = new(StringComparer.Ordinal);

    private static readonly Dictionary<string, string> LongNames = new(StringComparer.Ordinal)
    {
        ["letter"] = "l",
        ["uppercaseletter"] = "lu",
        ["lowercaseletter"] = "ll",
        ["titlecaseletter"] = "lt",
        ["modifierletter"] = "lm",
        ["otherletter"] = "lo",
        ["mark"] = "m",
        ["nonspacingmark"] = "mn",
        ["spacingmark"] = "mc",
        ["enclosingmark"] = "me",
        ["number"] = "n",
        ["decimalnumber"] = "nd",
        ["letternumber"] = "nl",
        ["othernumber"] = "no",
        ["punctuation"] = "p",
        ["connectorpunctuation"] = "pc",
        ["dashpunctuation"] = "pd",
        ["openpunctuation"] = "ps",
        ["closepunctuation"] = "pe",
        ["initialpunctuation"] = "pi",
        ["finalpunctuation"] = "pf",
        ["otherpunctuation"] = "po",
        ["symbol"] = "s",
        ["mathsymbol"] = "sm",
        ["currencysymbol"] = "sc",
        ["modifiersymbol"] = "sk",
        ["othersymbol"] = "so",
        ["separator"] = "z",
        ["spaceseparator"] = "zs",
        ["lineseparator"] = "zl",
        ["paragraphseparator"] = "zp",
        ["other"] = "c",
        ["control"] = "cc",
        ["format"] = "cf",
        ["privateuse"] = "co",
        ["unassigned"] = "cn",
    };

    // In the order of UnicodeCategory's values.
    private static readonly string[] CategoryCodes =
    [
        .. "lu ll lt lm lo mn mc me nd nl no zs zl zp cc cf cs co pc pd ps pe pi pf po sm sc sk so cn".Split(' '),
    ];

    /// <summary>White space.</summary>
    public static CodePointSet Space { get; } =
        CodePointSet.FromRanges(
            Enumerable.Range(0, char.MaxValue + 1).Where(c => char.IsWhiteSpace((char)c)).Select(c => (c, c))
        );

    /// <summary>Decimal digits of all scripts.</summary>
    public static CodePointSet Digit => Find("nd")!;

    /// <summary>What words consist of: letters, marks, digits and connectors.</summary>
    public static CodePointSet Word => Find("word")!;

    /// <summary>The set of a category, script or POSIX class by name, or null. Case, space, - and _ don't matter.</summary>
    public static CodePointSet? Find(string name)
    {
        var key = string.Concat(name.Where(c => c is not (' ' or '-' or '_'))).ToLowerInvariant();
        // A name that is not known is not kept: a file may hold any number of them.
        return Cache.TryGetValue(key, out var known) ? known
            : Create(key) is { } created ? Cache.GetOrAdd(key, created)
            : null;
    }

    private static CodePointSet? Create(string key)
    {
        var code = LongNames.GetValueOrDefault(key, key);
        if (code.Length <= 2 && Array.Exists(CategoryCodes, c => c.StartsWith(code, StringComparison.Ordinal)))
        {
            return code.Length == 0 ? null : CodePointSet.FromCategories(Mask(code));
        }

        var script = UnicodeDatabase.Instance.Scripts.FirstOrDefault(s =>
            string.Equals(s.Key.Replace("_", "", StringComparison.Ordinal), key, StringComparison.OrdinalIgnoreCase)
        );
        return script.Key is not null ? CodePointSet.FromRanges(script.Value) : CreateClass(key);
    }

    private static CodePointSet? CreateClass(string key) =>
        key switch
        {
            "any" => CodePointSet.All,
            "ascii" => CodePointSet.FromRanges([(0, 0x7F)]),
            "alpha" or "alphabetic" => CodePointSet.FromCategories(Mask("l", "nl")),
            "alnum" => CodePointSet.FromCategories(Mask("l", "nl", "nd")),
            "word" => CodePointSet.FromCategories(Mask("l", "m", "nd", "nl", "pc")),
            "digit" => Find("nd"),
            "upper" or "uppercase" => Find("lu"),
            "lower" or "lowercase" => Find("ll"),
            "punct" => Find("p"),
            "cntrl" => Find("cc"),
            "space" or "whitespace" => Space,
            "blank" => CodePointSet.FromRanges([('\t', '\t')]).Union(Find("zs")!),
            "xdigit" => CodePointSet.FromRanges([('0', '9'), ('A', 'F'), ('a', 'f')]),
            "graph" => Space.Union(Find("cc")!).Union(Find("cn")!).Complement(),
            "print" => Find("cc")!.Union(Find("cn")!).Complement(),
            _ => null,
        };

    private static uint Mask(params ReadOnlySpan<string> codes)
    {
        var mask = 0u;
        for (var category = 0; category < CategoryCodes.Length; category++)
        {
            foreach (var code in codes)
            {
                if (CategoryCodes[category].StartsWith(code, StringComparison.Ordinal))
                {
                    mask |= 1u << category;
                }
            }
        }

        return mask;
    }
}
