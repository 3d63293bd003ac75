using Luthier.Text;
using Luthier.Text.Prompts;

namespace Luthier.Training.Data;

/// <summary>Chooses how rows become tokens.</summary>
internal static class RowEncoders
{
    /// <param name="settings">Lengths, masks, template and form of conversations.</param>
    /// <param name="tokenizer">Null: only tokenized rows can be read.</param>
    public static IRowEncoder Create(DataSettings settings, Tokenizer? tokenizer) =>
        tokenizer is null
            ? new TokenRowEncoder(settings.CutoffLength)
            : new RowEncoder(
                tokenizer,
                PromptTemplate.Load(settings.PromptTemplate),
                new EncodingSettings(
                    settings.CutoffLength,
                    settings.TrainOnInputs,
                    settings.AddEosToken,
                    settings.Chat == ChatFormat.Auto ? ChatOf(tokenizer) : settings.Chat
                )
            );

    /// <summary>The tokenizer of a folder or file; null if none is asked for and the rows are tokens already.</summary>
    public static Tokenizer? LoadTokenizer(DataSettings settings, string? asked, string modelFolder) =>
        asked is null && settings.OpenFile().Rows().FirstOrDefault() is TokenRow
            ? null
            : Tokenizer.Load(asked ?? modelFolder);

    private static ChatFormat ChatOf(Tokenizer tokenizer) =>
        tokenizer.IdOf(ChatText.MessageStart) is not null && tokenizer.IdOf(ChatText.MessageEnd) is not null
            ? ChatFormat.Chatml
            : ChatFormat.Template;
}
