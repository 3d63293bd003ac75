using System.Globalization;
using Luthier.Generation;
using Luthier.Text;

namespace Luthier.Cli.Generate;

/// <summary>
/// Shows the prompt where it is meant to be seen, then tokens as they come: their text, or their ids where there is no
/// tokenizer.
/// </summary>
internal sealed class TokenStream
{
    private readonly TextWriter output;
    private readonly bool hasText;

    public TokenStream(TextWriter output, PromptSource source)
    {
        this.output = output;
        hasText = source.Tokenizer is not null;
        output.Write(
            source.Tokenizer is null ? string.Join(' ', source.Ids)
            : source.IsShown ? PromptText(source.Ids, source.Tokenizer)
            : ""
        );
        output.Flush();
    }

    public void Push(GeneratedToken token)
    {
        output.Write(hasText ? token.Text : " " + token.Id.ToString(CultureInfo.InvariantCulture));
        output.Flush();
    }

    public void End() => output.WriteLine();

    // A character that the prompt begins is part of the new text.
    private static string PromptText(int[] ids, Tokenizer tokenizer)
    {
        var decoder = tokenizer.CreateDecoder(skipSpecialTokens: true);
        return string.Concat(ids.Select(decoder.Push));
    }
}
