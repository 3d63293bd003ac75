using Luthier.Formats;
using Luthier.Tensors.Operations;
using Luthier.Text;
using Luthier.Text.Prompts;

namespace Luthier.Training.Data;

/// <summary>How rows become tokens.</summary>
/// <param name="CutoffLength">Longest sequence in tokens.</param>
/// <param name="TrainOnInputs">Learn the prompt too.</param>
/// <param name="AddEosToken">Count an end-of-text token when measuring the prompt that is not learned.</param>
/// <param name="Chat">How conversations are written; not <see cref="ChatFormat.Auto"/>.</param>
internal readonly record struct EncodingSettings(
    int CutoffLength,
    bool TrainOnInputs,
    bool AddEosToken,
    ChatFormat Chat
);

/// <summary>Turns rows into tokens with labels, the way Alpaca-LoRA does. May be used by several threads at once.</summary>
internal sealed class RowEncoder(Tokenizer tokenizer, PromptTemplate template, EncodingSettings settings) : IRowEncoder
{
    private readonly int? end = tokenizer.EosId;

    /// <summary>One sequence; text longer than the limit gives several.</summary>
    public IEnumerable<TokenSequence> Encode(DataRow row) =>
        row switch
        {
            InstructionRow instruction => [Instruction(instruction)],
            ConversationRow conversation => [Conversation(conversation)],
            TextRow text => Text(text.Text),
            TokenRow tokens => [TokenRowEncoder.Cut(tokens.Sequence, settings.CutoffLength)],
            _ => throw new InvalidFileException(row.Where, "is a row of an unknown kind"),
        };

    /// <summary>
    /// Prompt and answer as one text, with the end-of-text token after it if there is room. The part that is not
    /// learned has the length of the prompt encoded alone, less the end-of-text token that
    /// <see cref="EncodingSettings.AddEosToken"/> would have put there.
    /// </summary>
    private TokenSequence Instruction(InstructionRow row)
    {
        var prompt = template.Render(row.Instruction, row.Input);
        var ids = Ended(Cut(tokenizer.Encode(prompt + row.Output)));
        if (settings.TrainOnInputs)
        {
            return new TokenSequence(ids, ids);
        }

        var asked = Cut(tokenizer.Encode(prompt));
        var hidden = settings.AddEosToken ? Ended(asked).Length - 1 : asked.Length;
        var labels = (int[])ids.Clone();
        labels.AsSpan(0, Math.Min(hidden, labels.Length)).Fill(LinearCrossEntropy.Ignored);
        return new TokenSequence(ids, labels);
    }

    private TokenSequence Conversation(ConversationRow row)
    {
        List<int> ids = [];
        List<int> labels = [];
        var chatml = settings.Chat == ChatFormat.Chatml;
        foreach (var turns in chatml ? ChatText.Chatml(row.Messages) : ChatText.Template(row.Messages, template))
        {
            AppendText(turns, ids, labels);
            if (!chatml && end is { } token)
            {
                ids.Add(token);
                labels.Add(token);
            }
        }

        return TokenRowEncoder.Cut(new TokenSequence([.. ids], [.. labels]), settings.CutoffLength);
    }

    // The text is tokenized whole, as it will be when the model is asked; where a reply begins and ends follows from
    // the number of tokens up to there.
    private void AppendText(IReadOnlyList<ChatTurn> turns, List<int> ids, List<int> labels)
    {
        var special = ids.Count == 0;
        var text = "";
        int[] encoded = [];
        List<Range> replies = [];
        foreach (var (prompt, reply) in turns)
        {
            text += prompt;
            var start = tokenizer.Encode(text, special).Length;
            text += reply;
            encoded = tokenizer.Encode(text, special);
            replies.Add(Math.Min(start, encoded.Length)..encoded.Length);
        }

        var learned = encoded;
        if (!settings.TrainOnInputs)
        {
            learned = new int[encoded.Length];
            Array.Fill(learned, LinearCrossEntropy.Ignored);
            foreach (var reply in replies)
            {
                encoded.AsSpan(reply).CopyTo(learned.AsSpan(reply));
            }
        }

        ids.AddRange(encoded);
        labels.AddRange(learned);
    }

    private IEnumerable<TokenSequence> Text(string text)
    {
        var ids = tokenizer.Encode(text);
        if (end is { } token && (ids.Length == 0 || ids[^1] != token))
        {
            ids = [.. ids, token];
        }

        // A last piece of one token would have nothing to predict.
        for (var start = 0; start < ids.Length - 1; start += settings.CutoffLength)
        {
            var piece = ids[start..Math.Min(start + settings.CutoffLength, ids.Length)];
            yield return new TokenSequence(piece, piece);
        }
    }

    private int[] Cut(int[] ids) => ids.Length > settings.CutoffLength ? ids[..settings.CutoffLength] : ids;

    private int[] Ended(int[] ids) =>
        end is { } token && ids.Length < settings.CutoffLength && (ids.Length == 0 || ids[^1] != token)
            ? [.. ids, token]
            : ids;
}
