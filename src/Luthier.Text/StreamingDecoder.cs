using Luthier.Text.Decoding;

namespace Luthier.Text;

/// <summary>
/// Decodes ids as they come. What <see cref="Push"/> returned and then <see cref="Flush"/> is together what
/// <see cref="Tokenizer.Decode"/> gives for all the ids; no character is ever handed out in parts. Not for several
/// threads at once.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer tokenizer;
    private readonly bool skipSpecialTokens;
    private readonly TextCollector collector = new();
    private DecoderStage stage;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens)
    {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
        stage = tokenizer.CreateDecoderStage(collector);
    }

    /// <summary>Takes an id and returns the text that is certain by now, often empty.</summary>
    public string Push(int id)
    {
        tokenizer.Write(id, skipSpecialTokens, stage);
        return collector.Take();
    }

    /// <summary>Ends the sequence and returns the rest of its text; the next id begins another sequence.</summary>
    public string Flush()
    {
        stage.End();
        stage = tokenizer.CreateDecoderStage(collector);
        return collector.Take();
    }
}
