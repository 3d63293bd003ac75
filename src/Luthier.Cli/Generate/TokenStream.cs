using System.Globalization;
using Luthier.Text;

namespace Luthier.Cli.Generate;

/// <summary>
/// Shows the prompt where it is meant to be seen, then tokens as they come: their text, or their ids where there is no
/// tokenizer.
/// </summary>
internal sealed class TokenStream
{
    private readonly TextWriter output;
    private readonly StreamingDecoder? decoder;

    public TokenStream(TextWriter output, PromptSource source)
    {
        this.output = output;
        if (source.Tokenizer is null)
        {
            output.Write(string.Join(' ', source.Ids));
        }
        else
        {
            (decoder, var text) = source.StartDecoding(source.Tokenizer);
            output.Write(source.IsShown ? text : "");
        }

        output.Flush();
    }

    public void Push(int token)
    {
        output.Write(decoder is null ? " " + token.ToString(CultureInfo.InvariantCulture) : decoder.Push(token));
        output.Flush();
    }

    public void End() => output.WriteLine(decoder?.Flush());
}
