using System.Runtime.InteropServices;

namespace Luthier.Text.Splitting;

/// <summary>A stretch of a string on its way to the model.</summary>
/// <param name="Text">The string that holds it.</param>
/// <param name="Start">Its first UTF-16 unit.</param>
/// <param name="Length">Its length in UTF-16 units.</param>
/// <param name="AtStart">Whether it begins where the text given to the tokenizer begins.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Segment(string Text, int Start, int Length, bool AtStart)
{
    public ReadOnlySpan<char> Span => Text.AsSpan(Start, Length);

    /// <summary>A part, by offset from this segment's start.</summary>
    public Segment Slice(int offset, int length) => new(Text, Start + offset, length, AtStart && offset == 0);
}

/// <summary>Cuts text into the pieces that the model looks at one by one; some also rewrite it.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Adds the parts of a segment that is not empty to <paramref name="output"/>, none of them empty.</summary>
    public abstract void Split(in Segment segment, List<Segment> output);
}

/// <summary>Applies pre-tokenizers in order, each to what the one before left.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<PreTokenizer> stages) : PreTokenizer
{
    public override void Split(in Segment segment, List<Segment> output)
    {
        if (stages.Count == 1)
        {
            stages[0].Split(segment, output);
            return;
        }

        var current = new List<Segment> { segment };
        var next = new List<Segment>();
        foreach (var stage in stages)
        {
            next.Clear();
            foreach (ref readonly var part in CollectionsMarshal.AsSpan(current))
            {
                stage.Split(part, next);
            }

            (current, next) = (next, current);
        }

        output.AddRange(current);
    }
}
