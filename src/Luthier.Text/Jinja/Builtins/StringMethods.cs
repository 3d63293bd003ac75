using Luthier.Text.Jinja.Formatting;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>The methods of Python's strings.</summary>
internal static class StringMethods
{
    private static readonly MethodTable<string> Methods = new(
        ("strip", "chars? /", (s, a) => Strip(a, s, start: true, end: true)),
        ("lstrip", "chars? /", (s, a) => Strip(a, s, start: true, end: false)),
        ("rstrip", "chars? /", (s, a) => Strip(a, s, start: false, end: true)),
        ("removeprefix", "prefix /", (s, a) => Stripping.RemovePrefix(s, a.Text(0))),
        ("removesuffix", "suffix /", (s, a) => Stripping.RemoveSuffix(s, a.Text(0))),
        ("split", "sep? maxsplit?", (s, a) => Splitting.Split(a, s, fromEnd: false)),
        ("rsplit", "sep? maxsplit?", (s, a) => Splitting.Split(a, s, fromEnd: true)),
        ("splitlines", "keepends?", (s, a) => Splitting.Lines(a.Context, s, a.Flag(0))),
        ("partition", "sep /", (s, a) => Splitting.Partition(a, s, fromEnd: false)),
        ("rpartition", "sep /", (s, a) => Splitting.Partition(a, s, fromEnd: true)),
        ("startswith", "prefix start? end? /", (s, a) => Searching.HasEdge(a, s, atEnd: false)),
        ("endswith", "suffix start? end? /", (s, a) => Searching.HasEdge(a, s, atEnd: true)),
        ("find", "sub start? end? /", (s, a) => Searching.Find(a, s, fromEnd: false)),
        ("rfind", "sub start? end? /", (s, a) => Searching.Find(a, s, fromEnd: true)),
        ("index", "sub start? end? /", (s, a) => Searching.Index(a, s, fromEnd: false)),
        ("rindex", "sub start? end? /", (s, a) => Searching.Index(a, s, fromEnd: true)),
        ("count", "sub start? end? /", (s, a) => Searching.Count(a, s)),
        (
            "replace",
            "old new count? /",
            (s, a) => Replacing.Replace(a.Context, s, a.Text(0), a.Text(1), a.Integer(2, -1))
        ),
        ("join", "iterable /", (s, a) => Joining.Join(a.Context, s, a[0])),
        ("upper", "/", (s, a) => a.Context.Made(Casing.Upper(s))),
        ("lower", "/", (s, a) => a.Context.Made(Casing.Lower(s))),
        ("casefold", "/", (s, a) => a.Context.Made(Casing.Fold(s))),
        ("title", "/", (s, a) => a.Context.Made(Casing.TitleWords(s))),
        ("capitalize", "/", (s, a) => a.Context.Made(Casing.Capitalize(s))),
        ("swapcase", "/", (s, a) => a.Context.Made(Casing.Swap(s))),
        ("center", "width fillchar? /", (s, a) => Padding.Center(a, s)),
        ("ljust", "width fillchar? /", (s, a) => Padding.Left(a, s)),
        ("rjust", "width fillchar? /", (s, a) => Padding.Right(a, s)),
        ("zfill", "width /", (s, a) => Padding.Zeros(a, s)),
        ("expandtabs", "tabsize?", (s, a) => Padding.ExpandTabs(a, s)),
        ("isalnum", "/", (s, _) => All(s, c => Characters.IsAlpha(c) || Characters.IsNumeric(c))),
        ("isalpha", "/", (s, _) => All(s, Characters.IsAlpha)),
        ("isascii", "/", (s, _) => System.Text.Ascii.IsValid(s)),
        ("isdecimal", "/", (s, _) => All(s, Characters.IsDecimal)),
        ("isdigit", "/", (s, _) => All(s, Characters.IsDigit)),
        ("isnumeric", "/", (s, _) => All(s, Characters.IsNumeric)),
        ("isspace", "/", (s, _) => All(s, Characters.IsSpace)),
        ("isprintable", "/", (s, _) => s.Length == 0 || All(s, Characters.IsPrintable)),
        (
            "isidentifier",
            "/",
            (s, _) =>
                s.Length > 0 && Characters.IsNameStart(PythonText.CodePointAt(s, 0)) && All(s, Characters.IsNamePart)
        ),
        ("islower", "/", (s, _) => IsLower(s)),
        ("isupper", "/", (s, _) => IsUpper(s)),
        ("istitle", "/", (s, _) => IsTitle(s))
    );

    public static bool TryGet(string text, string name, out object? attribute)
    {
        attribute = name switch
        {
            "format" => new VariadicFunction("builtin_function_or_method", (c, a) => BraceFormat.Apply(c, text, a)),
            "format_map" => new VariadicFunction(
                "builtin_function_or_method",
                (c, a) => BraceFormat.ApplyMap(c, text, a)
            ),
            _ => Methods.Find(text, name),
        };
        return attribute is not Missing;
    }

    /// <summary>Whether there are characters with case, and all of them are small.</summary>
    public static bool IsLower(string text) => IsOneCase(text, Characters.IsLower);

    /// <summary>Whether there are characters with case, and all of them are capital.</summary>
    public static bool IsUpper(string text) => IsOneCase(text, Characters.IsUpper);

    private static string Strip(BoundArguments arguments, string text, bool start, bool end)
    {
        arguments.Context.Scan(text.Length);
        return arguments.Context.Made(
            Stripping.Strip(text, arguments.HasValue(0) ? arguments.Text(0) : null, start, end)
        );
    }

    private static bool IsOneCase(string text, Func<int, bool> isRight)
    {
        var cased = CodePoints(text).Where(Casing.IsCased).ToArray();
        return cased.Length > 0 && Array.TrueForAll(cased, code => isRight(code));
    }

    private static bool IsTitle(string text)
    {
        var hasCase = false;
        var isInside = false;
        foreach (var code in CodePoints(text))
        {
            var isCapital = Characters.IsUpper(code) || Characters.IsTitle(code);
            if ((isCapital && isInside) || (Characters.IsLower(code) && !isInside))
            {
                return false;
            }

            isInside = Casing.IsCased(code);
            hasCase |= isInside;
        }

        return hasCase;
    }

    private static bool All(string text, Func<int, bool> predicate) =>
        text.Length > 0 && CodePoints(text).All(predicate);

    private static IEnumerable<int> CodePoints(string text)
    {
        for (var offset = 0; offset < text.Length; offset += PythonText.UnitsAt(text, offset))
        {
            yield return PythonText.CodePointAt(text, offset);
        }
    }
}
