namespace Luthier.Text.Splitting;

/// <summary>When <see cref="MetaspacePreTokenizer"/> puts a replacement character before the text.</summary>
internal enum PrependScheme
{
    Always,
    Never,

    /// <summary>Only where the whole text begins, not after an added token.</summary>
    First,
}

/// <summary>Replaces spaces by a visible character and, with <paramref name="split"/>, cuts before each of them.</summary>
internal sealed class MetaspacePreTokenizer(char replacement, PrependScheme scheme, bool split) : PreTokenizer
{
    private readonly SplitPreTokenizer splitter = new(
        new LiteralPattern(replacement.ToString()),
        SplitBehavior.MergedWithNext
    );

    public override void Split(in Segment segment, List<Segment> output)
    {
        var text = segment.Span;
        var prepend =
            text[0] != ' '
            && text[0] != replacement
            && (scheme == PrependScheme.Always || (scheme == PrependScheme.First && segment.AtStart));
        var rewritten = string.Create(
            text.Length + (prepend ? 1 : 0),
            (segment, replacement, prepend),
            static (target, state) =>
            {
                var (from, replacement, prepend) = state;
                if (prepend)
                {
                    target[0] = replacement;
                    target = target[1..];
                }

                from.Span.Replace(target, ' ', replacement);
            }
        );
        var whole = new Segment(rewritten, 0, rewritten.Length, segment.AtStart);
        if (split)
        {
            splitter.Split(whole, output);
        }
        else
        {
            output.Add(whole);
        }
    }
}
