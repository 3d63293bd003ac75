using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Breaks lines as Python's <c>textwrap</c> does.</summary>
internal sealed class WordWrap(string line, int width, bool breaksWords, bool breaksHyphens)
{
    private readonly Stack<WordChunk> chunks = new(new WordChunks(line, breaksHyphens).Read().Reverse());

    public static object Apply(BoundArguments arguments)
    {
        var text = arguments.Text(0);
        var width = arguments.Integer(1, 79);
        if (width <= 0)
        {
            throw Errors.Value($"invalid width {width} (must be > 0)");
        }

        var context = arguments.Context;
        var separator = arguments.TextOr(3, "\n");
        var breaksWords = arguments.Flag(2, fallback: true);
        var breaksHyphens = arguments.Flag(4, fallback: true);
        // A line may be broken at each of its characters.
        context.Allocate(text.Length * (1L + separator.Length));
        context.Step(4L * text.Length);
        return string.Join(
            separator,
            Splitting
                .Lines(text)
                .Select(line => string.Join(separator, new WordWrap(line, width, breaksWords, breaksHyphens).Wrap()))
        );
    }

    private List<string> Wrap()
    {
        List<string> lines = [];
        while (chunks.Count > 0)
        {
            if (lines.Count > 0 && IsBlank(chunks.Peek()))
            {
                chunks.Pop();
            }

            var current = Fill();
            if (current.Count > 0 && IsBlank(current[^1]))
            {
                current.RemoveAt(current.Count - 1);
            }

            if (current.Count > 0)
            {
                lines.Add(line[current[0].Start..current[^1].End]);
            }
        }

        return lines;
    }

    /// <summary>The chunks of one line; of a word that is longer than any line the part that fits.</summary>
    private List<WordChunk> Fill()
    {
        List<WordChunk> current = [];
        var length = 0;
        while (chunks.Count > 0 && length + chunks.Peek().Length <= width)
        {
            length += chunks.Peek().Length;
            current.Add(chunks.Pop());
        }

        if (chunks.Count == 0 || chunks.Peek().Length <= width)
        {
            return current;
        }

        if (breaksWords)
        {
            var (part, rest) = Break(chunks.Pop(), width - length);
            current.Add(part);
            chunks.Push(rest);
        }
        else if (current.Count == 0)
        {
            current.Add(chunks.Pop());
        }

        return current;
    }

    /// <summary>Breaks a word after so many characters, or after the last hyphen before.</summary>
    private (WordChunk Part, WordChunk Remainder) Break(WordChunk word, int space)
    {
        var end = word.Start;
        var taken = 0;
        for (; taken < space; taken++)
        {
            end += PythonText.UnitsAt(line, end);
        }

        var hyphen = breaksHyphens && end > word.Start ? line.LastIndexOf('-', end - 1, end - word.Start) : -1;
        if (hyphen > word.Start && line.AsSpan(word.Start, hyphen - word.Start).ContainsAnyExcept('-'))
        {
            end = hyphen + 1;
            taken = PythonText.Length(line[word.Start..end]);
        }

        return (new WordChunk(word.Start, end, taken), new WordChunk(end, word.End, word.Length - taken));
    }

    private bool IsBlank(WordChunk chunk) => PythonText.TrimEnd(line.AsSpan(chunk.Start..chunk.End)).IsEmpty;
}
