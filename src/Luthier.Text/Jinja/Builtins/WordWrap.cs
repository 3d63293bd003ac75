using System.Text.RegularExpressions;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Breaks lines as Python's <c>textwrap</c> does.</summary>
internal sealed partial class WordWrap
{
    private readonly int width;
    private readonly bool breaksWords;
    private readonly bool breaksHyphens;

    private WordWrap(int width, bool breaksWords, bool breaksHyphens)
    {
        this.width = width;
        this.breaksWords = breaksWords;
        this.breaksHyphens = breaksHyphens;
    }

    public static object Apply(BoundArguments arguments)
    {
        var text = arguments.Text(0);
        var wrap = new WordWrap(
            arguments.Integer(1, 79),
            arguments.Flag(2, fallback: true),
            arguments.Flag(4, fallback: true)
        );
        if (wrap.width <= 0)
        {
            throw Errors.Value($"invalid width {wrap.width} (must be > 0)");
        }

        var context = arguments.Context;
        var separator = arguments.TextOr(3, "\n");
        // A line may be broken at each of its characters.
        context.Allocate(text.Length * (1L + separator.Length));
        context.Step(text.Length);
        return string.Join(separator, Splitting.Lines(text).Select(line => string.Join(separator, wrap.Wrap(line))));
    }

    private List<string> Wrap(string line)
    {
        List<string> lines = [];
        var chunks = new Stack<string>(Chunks(line).Reverse());
        while (chunks.Count > 0)
        {
            if (lines.Count > 0 && IsBlank(chunks.Peek()))
            {
                chunks.Pop();
            }

            var current = Fill(chunks);
            if (current.Count > 0 && IsBlank(current[^1]))
            {
                current.RemoveAt(current.Count - 1);
            }

            if (current.Count > 0)
            {
                lines.Add(string.Concat(current));
            }
        }

        return lines;
    }

    /// <summary>The chunks of one line; of a word that is longer than any line the part that fits.</summary>
    private List<string> Fill(Stack<string> chunks)
    {
        List<string> current = [];
        var length = 0;
        while (chunks.Count > 0 && length + PythonText.Length(chunks.Peek()) <= width)
        {
            length += PythonText.Length(chunks.Peek());
            current.Add(chunks.Pop());
        }

        if (chunks.Count == 0 || PythonText.Length(chunks.Peek()) <= width)
        {
            return current;
        }

        if (breaksWords)
        {
            var word = chunks.Pop();
            var end = EndOfPart(word, width - length);
            current.Add(word[..end]);
            chunks.Push(word[end..]);
        }
        else if (current.Count == 0)
        {
            current.Add(chunks.Pop());
        }

        return current;
    }

    private int EndOfPart(string word, int space)
    {
        var end = PythonText.OffsetOf(word, space);
        var hyphen = breaksHyphens && end > 0 ? word.LastIndexOf('-', end - 1) : -1;
        return hyphen > 0 && word.AsSpan(0, hyphen).ContainsAnyExcept('-') ? hyphen + 1 : end;
    }

    private IEnumerable<string> Chunks(string line) =>
        (breaksHyphens ? Words() : Spaces()).Split(line).Where(chunk => chunk.Length > 0);

    private static bool IsBlank(string chunk) => PythonText.TrimEnd(chunk).IsEmpty;

    // White space; a dash between words; a word up to one of its hyphens, its end, or a dash.
    [GeneratedRegex(
        """(?<chunk>[\t\n\v\f\r ]+|(?<=[\w!"'&.,?])-{2,}(?=\w)|[^\t\n\v\f\r ]+?(?:-(?:(?<=[^\d\W]{2}-)|(?<=[^\d\W]-[\w!"'&.,?]-))(?=[^\d\W]-?[^\d\W])|(?=[\t\n\v\f\r ]|\z)|(?<=[\w!"'&.,?])(?=-{2,}\w)))""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        10_000
    )]
    private static partial Regex Words();

    [GeneratedRegex(@"(?<chunk>[\t\n\v\f\r ]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Spaces();
}
