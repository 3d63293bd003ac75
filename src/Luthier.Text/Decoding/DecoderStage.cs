using System.Text;

namespace Luthier.Text.Decoding;

/// <summary>
/// A step from tokens to text. It receives tokens piece by piece and passes on what is certain, so that the same steps
/// serve a whole sequence and one that is still being generated.
/// </summary>
internal abstract class DecoderStage
{
    /// <summary>Receives text of the current token.</summary>
    public abstract void Write(string text);

    /// <summary>The current token is complete.</summary>
    public abstract void EndToken();

    /// <summary>No token follows.</summary>
    public abstract void End();
}

/// <summary>Makes a step that passes its results to the next.</summary>
internal delegate DecoderStage DecoderFactory(DecoderStage next);

/// <summary>Collects the text at the end of the chain.</summary>
internal sealed class TextCollector : DecoderStage
{
    private readonly StringBuilder gathered = new();

    public override void Write(string text) => gathered.Append(text);

    public override void EndToken() { }

    public override void End() { }

    /// <summary>Hands over what was collected since the last call.</summary>
    public string Take()
    {
        var text = gathered.ToString();
        gathered.Clear();
        return text;
    }
}

/// <summary>A step that looks at one token at a time.</summary>
internal abstract class TokenStage(DecoderStage next) : DecoderStage
{
    private readonly StringBuilder rest = new();
    private string current = "";
    private int finished;

    protected DecoderStage Next => next;

    public sealed override void Write(string text)
    {
        if (current.Length == 0)
        {
            current = text;
        }
        else
        {
            rest.Append(text);
        }
    }

    public sealed override void EndToken()
    {
        OnToken(rest.Length == 0 ? current : current + rest, finished++);
        current = "";
        rest.Clear();
    }

    public override void End() => next.End();

    /// <summary>Deals with a token, usually by writing it and ending it at <see cref="Next"/>.</summary>
    protected abstract void OnToken(string token, int index);

    protected void Pass(string token)
    {
        next.Write(token);
        next.EndToken();
    }
}
