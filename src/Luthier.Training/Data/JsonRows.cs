using Luthier.Formats;
using Luthier.Formats.Json;
using Luthier.Tensors.Operations;

namespace Luthier.Training.Data;

/// <summary>Rows of a JSON file, in one of the forms of <see cref="DataFormat"/>.</summary>
internal static class JsonRows
{
    /// <summary>The form of a row by the fields it has.</summary>
    /// <exception cref="InvalidFileException">It has none that are known.</exception>
    public static DataFormat FormatOf(JsonField row) =>
        row.Has("input_ids") ? DataFormat.Tokenized
        : row.Has("messages") ? DataFormat.Messages
        : row.Has("conversations") ? DataFormat.Sharegpt
        : row.Has("instruction") || row.Has("output") ? DataFormat.Alpaca
        : row.Has("text") ? DataFormat.Text
        : throw row.Invalid(
            "expected the fields instruction and output, or messages, or conversations, or text, or input_ids"
        );

    /// <summary>Reads one row.</summary>
    /// <exception cref="InvalidFileException">A field is missing or of another kind than expected.</exception>
    public static DataRow Parse(JsonField row, DataFormat format) =>
        format switch
        {
            DataFormat.Alpaca => new InstructionRow(
                row.Source,
                row["instruction"].AsString(),
                row.Find("input")?.AsString() ?? "",
                row["output"].AsString()
            ),
            DataFormat.Messages => Conversation(row, "messages", "role", "content"),
            DataFormat.Sharegpt => Conversation(row, "conversations", "from", "value"),
            DataFormat.Text => new TextRow(row.Source, row["text"].AsString()),
            DataFormat.Tokenized => new TokenRow(row.Source, Sequence(row)),
            _ => throw row.Invalid($"{format} rows are not JSON"),
        };

    private static ConversationRow Conversation(JsonField row, string list, string roleName, string contentName)
    {
        List<ChatMessage> messages = [];
        foreach (var item in row[list].Items())
        {
            messages.Add(new ChatMessage(RoleOf(item[roleName]), item[contentName].AsString()));
        }

        return messages.Exists(message => message.Role == ChatRole.Assistant)
            ? new ConversationRow(row.Source, messages)
            : throw row[list].Invalid("has no message of the assistant, expected at least one");
    }

    private static ChatRole RoleOf(JsonField field) =>
        field.AsString() switch
        {
            "system" => ChatRole.System,
            "user" or "human" => ChatRole.User,
            "assistant" or "gpt" => ChatRole.Assistant,
            _ => throw field.Expected("system, user (human) or assistant (gpt)"),
        };

    private static TokenSequence Sequence(JsonField row)
    {
        var ids = Numbers(row["input_ids"], 0, int.MaxValue);
        if (ids.Length == 0)
        {
            throw row["input_ids"].Invalid("is empty, expected at least one token");
        }

        var labels = Beside(row, "labels", ids.Length, LinearCrossEntropy.Ignored, int.MaxValue) ?? ids;
        for (var i = 0; i < ids.Length; i++)
        {
            if (labels[i] != LinearCrossEntropy.Ignored && labels[i] < 0)
            {
                throw row["labels"].Invalid($"item {i} is {labels[i]}, expected a token id or -100");
            }
        }

        return Beside(row, "attention_mask", ids.Length, 0, 1) is { } mask
            ? WithoutPadding(row["attention_mask"], ids, labels, mask)
            : new TokenSequence(ids, labels);
    }

    // Padding stands before or after the tokens; it is dropped, as nothing is ever computed for it.
    private static TokenSequence WithoutPadding(JsonField field, int[] ids, int[] labels, int[] mask)
    {
        var first = Array.IndexOf(mask, 1);
        var end = Array.LastIndexOf(mask, 1) + 1;
        if (first < 0 || Array.IndexOf(mask, 0, first, end - first) >= 0)
        {
            throw field.Invalid(
                first < 0 ? "masks every token" : "has zeros between ones, expected them only at the two ends"
            );
        }

        return new TokenSequence(ids[first..end], labels[first..end]);
    }

    private static int[]? Beside(JsonField row, string name, int length, int minimum, int maximum)
    {
        if (row.Find(name) is not { } field)
        {
            return null;
        }

        var numbers = Numbers(field, minimum, maximum);
        return numbers.Length == length
            ? numbers
            : throw field.Invalid($"has {numbers.Length} items, expected {length} as input_ids has");
    }

    private static int[] Numbers(JsonField list, int minimum, int maximum)
    {
        var numbers = new int[list.ItemCount];
        var index = 0;
        foreach (var item in list.Items())
        {
            numbers[index++] = item.AsInt32(minimum, maximum);
        }

        return numbers;
    }
}
