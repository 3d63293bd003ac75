using System.Text.Json;
using Luthier.Formats.Json;
using Luthier.Text.Bpe;

namespace Luthier.Text.HuggingFace;

/// <summary>Reads the merges of a BPE model: <c>"a b"</c> or <c>["a", "b"]</c>, the first of lowest rank.</summary>
internal static class MergeReader
{
    public static MergeTable Read(JsonField field, Vocabulary vocabulary, string prefix)
    {
        var table = new MergeTable(vocabulary, field.ItemCount);
        foreach (var item in field.Items())
        {
            var (text, split) = ReadItem(item);
            if (!table.TryAdd(text, split, prefix))
            {
                throw item.Invalid("the parts of a merge and the whole must be tokens of the vocabulary");
            }
        }

        return table;
    }

    /// <summary>Both tokens with one character between, and where that stands.</summary>
    private static (string Text, int Split) ReadItem(JsonField item)
    {
        if (item.Kind == JsonValueKind.String)
        {
            var text = item.AsString();
            var split = text.IndexOf(' ', StringComparison.Ordinal);
            return split > 0 && split < text.Length - 1 && text.IndexOf(' ', split + 1) < 0
                ? (text, split)
                : throw item.Expected("two tokens with one space between them");
        }

        var tokens = item.Items().ToList();
        if (tokens.Count != 2)
        {
            throw item.Expected("two tokens");
        }

        var left = tokens[0].AsString();
        return ($"{left} {tokens[1].AsString()}", left.Length);
    }
}
