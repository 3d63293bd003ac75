using System.Text;
using Luthier.Generation.Constraints.Expressions;
using Luthier.Text.Unicode;

namespace Luthier.Generation.Constraints.Json;

/// <summary>
/// How JSON is written: strings, numbers, literals. What is written can be parsed by strict readers: characters are whole,
/// halves of surrogate pairs don't stand alone, numbers fit float64.
/// </summary>
internal static class JsonSyntax
{
    /// <summary>Digits before and after the point, so that a number can't go on for ever and an integer fits 64 bits.</summary>
    public const int Digits = 18;

    /// <summary>Blanks after a line feed.</summary>
    private const int Indentation = 32;

    private const int LastControl = 0x1F;
    private const int FirstBeyondAscii = 0x80;
    private const string ShortEscapes = "\"\\/bfnrt";
    private const string ShortEscaped = "\"\\/\b\f\n\r\t";

    private static readonly CodePointSet NeedsEscape = CodePointSet.FromRanges([
        (0, LastControl),
        ('"', '"'),
        ('\\', '\\'),
    ]);
    private static readonly CodePointSet Raw = NeedsEscape.Complement();
    private static readonly CodePointSet Ascii = CodePointSet.FromRanges([(0, FirstBeyondAscii - 1)]);

    /// <summary>Nothing, a space, or a line feed and some blanks: enough for any layout, but no endless one.</summary>
    public static Expression Space { get; } =
        Expression.Any(
            Expression.Empty,
            Expression.Literal(" "),
            Expression.Of(Expression.Literal("\n"), new Repeat(Set(" \t"), 0, Indentation))
        );

    public static Expression Digit { get; } = Range('0', '9');

    /// <summary>A number's digits before the point.</summary>
    public static Expression IntegerPart { get; } =
        Expression.Any(Expression.Literal("0"), Expression.Of(Range('1', '9'), new Repeat(Digit, 0, Digits - 1)));

    public static Expression Integer { get; } = IntegerOf(Digits);

    public static Expression Number { get; } =
        Expression.Of(
            Expression.Optional(Expression.Literal("-")),
            IntegerPart,
            Expression.Optional(Expression.Of(Expression.Literal("."), new Repeat(Digit, 1, Digits))),
            Expression.Optional(Expression.Of(Set("eE"), Expression.Optional(Set("+-")), Exponent()))
        );

    /// <summary>A character of a string that is ASCII and stands for itself.</summary>
    public static Expression PlainCharacter { get; } = Expression.OneOf(Raw.Intersect(Ascii));

    /// <summary>Any other character of a string.</summary>
    public static Expression OtherCharacter { get; } =
        Expression.Any(
            Expression.OneOf(Raw.Intersect(Ascii.Complement())),
            Expression.Of(Expression.Literal("\\"), Expression.Any(Set(ShortEscapes), UnicodeEscape()))
        );

    /// <summary>Any character of a string, in any spelling.</summary>
    public static Expression Character { get; } = Expression.Any(PlainCharacter, OtherCharacter);

    /// <summary>An integer of at most so many digits.</summary>
    public static Expression IntegerOf(int digits) =>
        Expression.Any(
            Expression.Literal("0"),
            Expression.Of(
                Expression.Optional(Expression.Literal("-")),
                Range('1', '9'),
                new Repeat(Digit, 0, digits - 1)
            )
        );

    /// <summary>One of some characters.</summary>
    public static Expression Set(string characters) =>
        Expression.OneOf(CodePointSet.FromRanges(characters.Select(c => ((int)c, (int)c))));

    public static Expression Range(char first, char last) => Expression.OneOf(CodePointSet.FromRanges([(first, last)]));

    public static Expression Quoted(Expression body) =>
        Expression.Of(Expression.Literal("\""), body, Expression.Literal("\""));

    /// <summary>A string of one text; characters beyond ASCII may be written by their numbers.</summary>
    public static Expression Literal(string text) =>
        Quoted(
            Expression.Of([
                .. text.EnumerateRunes()
                    .Select(rune =>
                        NeedsEscape.Contains(rune.Value) ? Escaped(rune)
                        : rune.IsAscii ? Expression.Literal(rune.ToString())
                        : Expression.Any(Expression.Literal(rune.ToString()), ByNumber(rune))
                    ),
            ])
        );

    /// <summary>A string of one text, each character in any of its spellings.</summary>
    public static Expression AnySpelling(string text) =>
        Quoted(Expression.Of([.. text.EnumerateRunes().Select(rune => Expression.Any(Spellings(rune)))]));

    /// <summary>
    /// The inside of a string whose characters are those of an expression: as they are, where they may be, otherwise by
    /// their shortest escapes.
    /// </summary>
    public static Expression Escape(Expression expression) =>
        expression switch
        {
            Characters characters => EscapeOneOf(characters.Set),
            Sequence sequence => new Sequence([.. sequence.Parts.Select(Escape)]),
            Choice choice => new Choice([.. choice.Alternatives.Select(Escape)]),
            Repeat repeat => repeat with { Body = Escape(repeat.Body) },
            _ => throw new InvalidOperationException($"{expression.GetType().Name} is not of characters"),
        };

    private static Expression EscapeOneOf(CodePointSet set)
    {
        var escaped = set.Intersect(NeedsEscape)
            .Ranges.SelectMany(range => Enumerable.Range(range.Start, range.End - range.Start + 1));
        return Expression.Any([
            Expression.OneOf(set.Intersect(Raw)),
            .. escaped.Select(code => Escaped(new Rune(code))),
        ]);
    }

    /// <summary>The shortest escape of a character that needs one.</summary>
    private static Expression Escaped(Rune rune)
    {
        var index = ShortEscaped.IndexOf((char)rune.Value, StringComparison.Ordinal);
        return index >= 0 ? Expression.Literal($"\\{ShortEscapes[index]}") : ByNumber(rune);
    }

    private static List<Expression> Spellings(Rune rune)
    {
        var spellings = new List<Expression> { ByNumber(rune) };
        if (!NeedsEscape.Contains(rune.Value))
        {
            spellings.Add(Expression.Literal(rune.ToString()));
        }

        if (rune.IsBmp && ShortEscaped.IndexOf((char)rune.Value, StringComparison.Ordinal) is >= 0 and var index)
        {
            spellings.Add(Expression.Literal($"\\{ShortEscapes[index]}"));
        }

        return spellings;
    }

    /// <summary>\u and four digits, for each unit of UTF-16.</summary>
    private static Expression ByNumber(Rune rune) =>
        Expression.Of([
            .. rune.ToString()
                .SelectMany(unit =>
                    (Expression[])
                        [
                            Expression.Literal("\\u"),
                            .. ((int)unit)
                                .ToString("x4", System.Globalization.CultureInfo.InvariantCulture)
                                .Select(digit => Set($"{digit}{char.ToUpperInvariant(digit)}")),
                        ]
                ),
        ]);

    /// <summary>What follows \ in \u0000: a character, or both halves of one.</summary>
    private static Expression UnicodeEscape()
    {
        var hex = Set("0123456789abcdefABCDEF");
        var d = Set("dD");
        var high = Expression.Of(d, Set("89abAB"), hex, hex);
        var low = Expression.Of(d, Set("cdefCDEF"), hex, hex);
        return Expression.Any(
            Expression.Of(Expression.Literal("u"), Set("0123456789abcefABCEF"), hex, hex, hex),
            Expression.Of(Expression.Literal("u"), d, Set("01234567"), hex, hex),
            Expression.Of(Expression.Literal("u"), high, Expression.Literal("\\u"), low)
        );
    }

    // With the digits before the point, at most 10^298: float64 holds it.
    private static Expression Exponent() =>
        Expression.Any(
            new Repeat(Digit, 1, 2),
            Expression.Of(Set("01"), Digit, Digit),
            Expression.Of(Expression.Literal("2"), Range('0', '7'), Digit)
        );
}
