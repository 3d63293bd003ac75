using System.Buffers;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Luthier.Training.Options;

/// <summary>One option of <see cref="TuneOptions"/>: how it is called, what it accepts, and how text becomes its value.</summary>
public sealed class TuneOption
{
    private static readonly TuneOptions Defaults = new();
    private static readonly SearchValues<char> NoNameHas = SearchValues.Create(@"\*+?(){}|^$[]");
    private readonly PropertyInfo property;
    private readonly OptionAttribute attribute;
    private readonly Type type;

    private TuneOption(PropertyInfo property, OptionAttribute attribute)
    {
        this.property = property;
        this.attribute = attribute;
        type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        Name = Hyphenated(property.Name);
    }

    /// <summary>Every option, in the order of declaration.</summary>
    public static IReadOnlyList<TuneOption> All { get; } =
    [
        .. typeof(TuneOptions)
            .GetProperties()
            .Select(p => (Property: p, Attribute: p.GetCustomAttribute<OptionAttribute>()))
            .Where(p => p.Attribute is not null)
            .Select(p => new TuneOption(p.Property, p.Attribute!)),
    ];

    /// <summary>Name in kebab-case, without dashes before it: <c>micro-batch-size</c>.</summary>
    public string Name { get; }

    /// <summary>One sentence for the help.</summary>
    public string Description => attribute.Description;

    /// <summary>Whether it is true or false, so that the flag alone means true.</summary>
    public bool IsSwitch => type == typeof(bool);

    /// <summary>Whether it takes several values, separated by commas.</summary>
    public bool IsList => type == typeof(IReadOnlyList<string>);

    /// <summary>The values allowed, where there are only a few; otherwise empty.</summary>
    public IReadOnlyList<string> Choices => type.IsEnum ? [.. Enum.GetNames(type).Select(EnumText)] : [];

    /// <summary>The default as a user would type it; null where there is none.</summary>
    public string? Default => Format(property.GetValue(Defaults));

    /// <summary>The option of a name in kebab-case or with underscores; null where there is none.</summary>
    public static TuneOption? Find(string name)
    {
        var wanted = name.Replace('_', '-');
        return All.FirstOrDefault(option => string.Equals(option.Name, wanted, StringComparison.Ordinal));
    }

    /// <summary>Sets the option from text.</summary>
    /// <returns>What is wrong with the text, or null.</returns>
    internal string? Set(TuneOptions options, string text)
    {
        if (!TryParse(text.Trim(), out var value))
        {
            return $"'{text}' is not {Expected()}";
        }

        if (value is int or double)
        {
            var number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            var low = number < attribute.Minimum || (attribute.AboveMinimum && number <= attribute.Minimum);
            var high = number > attribute.Maximum || (attribute.BelowMaximum && number >= attribute.Maximum);
            if (low || high || !double.IsFinite(number))
            {
                return $"{text} is not {Expected()}";
            }
        }

        property.SetValue(options, value);
        return null;
    }

    /// <summary>The option's value in <paramref name="options"/> as a user would type it.</summary>
    internal string? TextOf(TuneOptions options) => Format(property.GetValue(options));

    private bool TryParse(string text, out object? value)
    {
        value = null;
        if (type == typeof(string))
        {
            value = text;
            return text.Length > 0;
        }

        if (type == typeof(int))
        {
            var parsed = int.TryParse(
                text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            );
            value = number;
            return parsed;
        }

        if (type == typeof(double))
        {
            var parsed = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
            value = number;
            return parsed;
        }

        if (type == typeof(bool))
        {
            var parsed = bool.TryParse(text, out var yes);
            value = yes;
            return parsed;
        }

        if (type.IsEnum)
        {
            var name = Enum.GetNames(type).FirstOrDefault(n => Squeezed(n).Equals(Squeezed(text), Ignoring));
            value = name is null ? null : Enum.Parse(type, name);
            return name is not null;
        }

        var list = SplitList(text);
        value = list;
        return list.Count > 0;
    }

    private const StringComparison Ignoring = StringComparison.OrdinalIgnoreCase;

    private string Expected()
    {
        var kind =
            type == typeof(int) ? "a whole number"
            : type == typeof(double) ? "a number"
            : type == typeof(bool) ? "true or false"
            : type.IsEnum ? "one of " + string.Join(", ", Choices)
            : IsList ? "a list of names"
            : "a text of at least one character";
        var low = double.IsInfinity(attribute.Minimum)
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $" {(attribute.AboveMinimum ? "above" : "from")} {attribute.Minimum}"
            );
        var high = double.IsInfinity(attribute.Maximum)
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $" {(attribute.BelowMaximum ? "below" : "to")} {attribute.Maximum}"
            );
        return kind + low + high;
    }

    // A regular expression may hold commas; what has characters that no name has is taken whole.
    private static IReadOnlyList<string> SplitList(string text)
    {
        var inner = text.Length >= 2 && text[0] == '[' && text[^1] == ']' ? text[1..^1] : text;
        if (inner.AsSpan().ContainsAny(NoNameHas))
        {
            return [text];
        }

        const StringSplitOptions trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        return [.. inner.Split(',', trimmed).Select(part => part.Trim('\'', '"')).Where(part => part.Length > 0)];
    }

    private static string? Format(object? value) =>
        value switch
        {
            null => null,
            bool yes => yes ? "true" : "false",
            Enum choice => EnumText(choice.ToString()),
            IReadOnlyList<string> list => list.Count == 0 ? null : string.Join(',', list),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };

    private static string EnumText(string name) => Hyphenated(name).Replace('-', '_');

    private static string Squeezed(string text) =>
        text.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);

    private static string Hyphenated(string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsAsciiLetterUpper(name[i]) && !char.IsAsciiLetterUpper(name[i - 1]))
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
