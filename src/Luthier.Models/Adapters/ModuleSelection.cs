using System.Text.RegularExpressions;
using Luthier.Models.Transformers;

namespace Luthier.Models.Adapters;

/// <summary>
/// Which modules an adapter is put on, as PEFT takes it: names, of which a module must have one as its whole name or as
/// its end after a dot; a regular expression, which must match the whole name; or all projections but the output's.
/// </summary>
public sealed class ModuleSelection
{
    /// <summary>The word for all projections.</summary>
    public const string AllLinearWord = "all-linear";

    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(2);

    private readonly Regex? regex;

    private ModuleSelection(IReadOnlyList<string> names, string? pattern)
    {
        Names = names;
        Pattern = pattern;
        if (pattern is not null)
        {
            // Python writes named groups with a P.
            var translated = pattern.Replace("(?P<", "(?<", StringComparison.Ordinal);
            regex = new Regex($@"\A(?:{translated})\z", RegexOptions.CultureInvariant, MatchTimeout);
        }
    }

    /// <summary>All projections except the output's.</summary>
    public static ModuleSelection AllLinear { get; } = new([], pattern: null);

    /// <summary>The names; empty where it is none of names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The regular expression, or null.</summary>
    public string? Pattern { get; }

    /// <summary>Whether it is <see cref="AllLinear"/>.</summary>
    public bool IsAllLinear => Pattern is null && Names.Count == 0;

    /// <summary>Modules that have one of the names; at least one.</summary>
    public static ModuleSelection FromNames(params IReadOnlyList<string> names) =>
        names.Count > 0
            ? new([.. names.Distinct(StringComparer.Ordinal)], pattern: null)
            : throw new ArgumentException("expected at least one name", nameof(names));

    /// <summary>Modules whose whole name matches.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    public static ModuleSelection FromPattern(string pattern) => new([], pattern);

    /// <summary>
    /// Reads what a user typed: the word all-linear; names, as several values or separated by commas or blanks, with
    /// or without Python's brackets and quotes; or else one regular expression.
    /// </summary>
    /// <exception cref="ArgumentException">Nothing was given, or it is no regular expression.</exception>
    public static ModuleSelection Parse(params IReadOnlyList<string> values)
    {
        var joined = string.Join(',', values).Trim();
        if (string.Equals(joined, AllLinearWord, StringComparison.OrdinalIgnoreCase))
        {
            return AllLinear;
        }

        var list = joined.StartsWith('[') && joined.EndsWith(']') ? joined[1..^1] : joined;
        string[] names =
        [
            .. list.Split([',', ' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries)
                .Select(name => name.Trim('\'', '"'))
                .Where(name => name.Length > 0),
        ];
        var areNames = Array.TrueForAll(names, name => name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.'));
        return areNames ? FromNames(names)
            : values.Count == 1 ? FromPattern(joined)
            : throw new ArgumentException(
                $"'{string.Join(' ', values)}' is neither names of modules nor one regular expression"
            );
    }

    /// <summary>The selection with all-linear replaced by the last parts of the names that it stands for.</summary>
    public ModuleSelection Resolved(IEnumerable<ModuleInfo> modules) =>
        IsAllLinear
            ? FromNames([
                .. modules
                    .Where(module => module.Kind == ModuleKind.Linear && !module.IsHead)
                    .Select(module => module.Name[(module.Name.LastIndexOf('.') + 1)..]),
            ])
            : this;

    /// <summary>Whether a module is meant; not for all-linear, which <see cref="Resolved"/> replaces.</summary>
    /// <exception cref="RegexMatchTimeoutException">The expression takes too long.</exception>
    public bool Matches(string module) =>
        regex is not null ? regex.IsMatch(module) : Names.Any(name => IsNamed(module, name));

    public override string ToString() => IsAllLinear ? AllLinearWord : Pattern ?? string.Join(", ", Names);

    internal static bool IsNamed(string module, string name) =>
        module.EndsWith(name, StringComparison.Ordinal)
        && (module.Length == name.Length || module[^(name.Length + 1)] == '.');
}
