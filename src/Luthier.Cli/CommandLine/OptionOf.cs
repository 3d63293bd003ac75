using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Luthier.Formats.Gguf;

namespace Luthier.Cli.CommandLine;

/// <summary>
/// Makes options by the kind of their value. Each says in one sentence what it was given and what it expected.
/// </summary>
internal static class OptionOf
{
    /// <summary>Off unless named; takes true or false too, and its <c>--no-</c> form turns it off.</summary>
    public static Option<bool> Switch(string name, string description, bool fallback = false) =>
        new(name)
        {
            Description = description,
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => fallback,
        };

    public static Option<string?> Text(string name, string description, string metavariable = "TEXT") =>
        new(name) { Description = description, HelpName = metavariable };

    /// <summary>Several values, separated by spaces or commas; the default is comma-separated.</summary>
    public static Option<string[]> List(string name, string description, string? fallback = null) =>
        new(name)
        {
            Description = description,
            HelpName = "A,B,...",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => fallback is null ? [] : fallback.Split(','),
        };

    /// <summary>Several texts, each a word of the command line as it is.</summary>
    public static Option<string[]> Texts(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "TEXT ...",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };

    /// <summary>A whole number; null where it is not given.</summary>
    public static Option<int?> OptionalInteger(string name, string description, int least, int most = int.MaxValue) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result => ReadInteger(result, name, least, most),
        };

    /// <summary>A whole number with a default.</summary>
    public static Option<int> Integer(
        string name,
        string description,
        int fallback,
        int least,
        int most = int.MaxValue
    ) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => fallback,
            CustomParser = result => ReadInteger(result, name, least, most) ?? fallback,
        };

    /// <summary>A real number with a default, between bounds that it may reach.</summary>
    public static Option<double> Number(
        string name,
        string description,
        double fallback,
        double least,
        double most = double.MaxValue
    ) =>
        new(name)
        {
            Description = description,
            HelpName = "X",
            DefaultValueFactory = _ => fallback,
            CustomParser = result => ReadNumber(result, name, least, most) ?? fallback,
        };

    /// <summary>A real number; null where it is not given. <paramref name="above"/> excludes the least itself.</summary>
    public static Option<double?> OptionalNumber(
        string name,
        string description,
        double least,
        double most = double.MaxValue,
        bool above = false
    ) =>
        new(name)
        {
            Description = description,
            HelpName = "X",
            CustomParser = result => ReadNumber(result, name, least, most, above),
        };

    /// <summary>One of a few words.</summary>
    public static Option<string> Choice(string name, string description, string fallback, params string[] words) =>
        new(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
                Token(result) is { } text && words.Contains(text, StringComparer.Ordinal)
                    ? text
                    : Reject(result, name, $"one of {string.Join(", ", words)}", fallback),
        };

    /// <summary>One of the values of an enumeration, whose names are written in small letters.</summary>
    public static Option<T> Enumeration<T>(string name, string description, T fallback)
        where T : struct, Enum
    {
        var words = Enum.GetNames<T>().Select(word => word.ToLowerInvariant()).ToArray();
        return new(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
                Token(result) is { } text && words.Contains(text, StringComparer.Ordinal)
                    ? Enum.Parse<T>(text, ignoreCase: true)
                    : Reject(result, name, $"one of {string.Join(", ", words)}", fallback),
        };
    }

    /// <summary>The single values of a <see cref="List"/>: separated by commas too, in brackets or without.</summary>
    public static IReadOnlyList<string> Values(string[]? given) =>
        [
            .. string.Join(',', given ?? [])
                .TrimStart('[')
                .TrimEnd(']')
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(value => value.Trim('\'', '"')),
        ];

    /// <summary>A model: its folder, or a GGUF file.</summary>
    public static Option<string?> ExistingModel(string name, string description) =>
        Existing(
            name,
            description,
            "DIR_OR_GGUF",
            "a model's folder or a GGUF file",
            path => Directory.Exists(path) || GgufFile.Is(path)
        );

    /// <summary>A folder to write to, which is made where it is not there.</summary>
    public static Option<string?> OutputFolder(string name, string description) =>
        Existing(name, description, "DIR", "a folder, not a file", path => path.Length > 0 && !File.Exists(path));

    /// <summary>A file to write, in a folder that exists.</summary>
    public static Option<string?> OutputFile(string name, string description) =>
        Existing(
            name,
            description,
            "FILE",
            "a file in a folder that exists",
            path =>
                path.Length > 0
                && !Directory.Exists(path)
                && Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path)))
        );

    /// <summary>A file that exists.</summary>
    public static Option<string?> ExistingFile(string name, string description) =>
        Existing(name, description, "FILE", "a file that exists", File.Exists);

    /// <summary>A file or folder that exists.</summary>
    public static Option<string?> ExistingPath(string name, string description) =>
        Existing(name, description, "DIR_OR_FILE", "a file or folder that exists", Path.Exists);

    /// <summary>The value of an option of any other kind, or null and an error that says what was expected.</summary>
    public static T? Read<T>(ArgumentResult result, string name, string expected, Func<string, T?> parse) =>
        Token(result) is { } text && parse(text) is { } value ? value : Reject<T?>(result, name, expected, default);

    public static bool TryInteger(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static Option<string?> Existing(
        string name,
        string description,
        string metavariable,
        string expected,
        Func<string, bool> exists
    ) =>
        new(name)
        {
            Description = description,
            HelpName = metavariable,
            CustomParser = result =>
                Token(result) is { } text && exists(text) ? text : Reject<string?>(result, name, expected, null),
        };

    private static int? ReadInteger(ArgumentResult result, string name, int least, int most) =>
        TryInteger(Token(result) ?? "", out var value) && value >= least && value <= most
            ? (int)value
            : Reject<int?>(result, name, "a whole number" + Bounds(least, most, most == int.MaxValue), null);

    private static double? ReadNumber(
        ArgumentResult result,
        string name,
        double least,
        double most,
        bool above = false
    ) =>
        double.TryParse(Token(result), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && (above ? value > least : value >= least)
        && value <= most
            ? value
            : Reject<double?>(result, name, "a number" + Bounds(least, most, most >= double.MaxValue, above), null);

    private static string Bounds(double least, double most, bool open, bool above = false) =>
        (open, above) switch
        {
            (true, false) => Invariant($" of {least} or more"),
            (true, true) => Invariant($" above {least}"),
            (false, false) => Invariant($" from {least} to {most}"),
            (false, true) => Invariant($" above {least} and at most {most}"),
        };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // Null where the parser has found the wrong number of values, which it reports itself.
    private static string? Token(ArgumentResult result) => result.Tokens is [var token] ? token.Value : null;

    private static T Reject<T>(ArgumentResult result, string name, string expected, T value)
    {
        if (Token(result) is { } text)
        {
            result.AddError($"{name} is '{text}'; expected {expected}");
        }

        return value;
    }
}
