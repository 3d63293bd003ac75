using Luthier.Text;

namespace Luthier.Cli.Tokenize;

/// <summary>The ids that encoding puts before and after a text, which decoding takes off to give the text back.</summary>
internal sealed class SpecialFrame
{
    private readonly int[] before;
    private readonly int[] after;

    private SpecialFrame(int[] before, int[] after)
    {
        this.before = before;
        this.after = after;
    }

    public static SpecialFrame Of(Tokenizer tokenizer)
    {
        const string probe = "a";
        var bare = tokenizer.Encode(probe, addSpecialTokens: false);
        var framed = tokenizer.Encode(probe);
        var start = framed.AsSpan().IndexOf(bare);
        return start < 0 ? new([], []) : new(framed[..start], framed[(start + bare.Length)..]);
    }

    public ReadOnlySpan<int> Remove(ReadOnlySpan<int> ids)
    {
        if (before.Length > 0 && ids.StartsWith(before))
        {
            ids = ids[before.Length..];
        }

        return after.Length > 0 && ids.EndsWith(after) ? ids[..^after.Length] : ids;
    }
}
