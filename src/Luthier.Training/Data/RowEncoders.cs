using Luthier.Text;
using Luthier.Text.Prompts;
using Luthier.Training.Options;

namespace Luthier.Training.Data;

/// <summary>Chooses how rows become tokens.</summary>
internal static class RowEncoders
{
    /// <param name="options">Lengths, masks, template and form of conversations.</param>
    /// <param name="tokenizer">Null: only tokenized rows can be read.</param>
    public static IRowEncoder Create(TuneOptions options, Tokenizer? tokenizer) =>
        tokenizer is null
            ? new TokenRowEncoder(options.CutoffLen)
            : new RowEncoder(
                tokenizer,
                PromptTemplate.Load(options.PromptTemplateName),
                new EncodingSettings(
                    options.CutoffLen,
                    options.TrainOnInputs,
                    options.AddEosToken,
                    options.ChatFormat == ChatFormat.Auto ? ChatOf(tokenizer) : options.ChatFormat
                )
            );

    private static ChatFormat ChatOf(Tokenizer tokenizer) =>
        tokenizer.IdOf(ChatText.MessageStart) is not null && tokenizer.IdOf(ChatText.MessageEnd) is not null
            ? ChatFormat.Chatml
            : ChatFormat.Template;
}
