using System.Text.Json;
using Luthier.Formats.Json;
using Luthier.Text.Bpe;

namespace Luthier.Text.HuggingFace;

/// <summary>Reads the merges of a BPE model: <c>"a b"</c> or <c>["a", "b"]</c>, the first of lowest rank.</summary>
internal static class MergeReader
{
    /// <summary>SentencePiece's mark of a word's start.</summary>
    private const char WordMark = '▁';

    /// <summary>
    /// The table for <see cref="BpeMerger"/>, and the word mark if no merge makes a token that has one after another
    /// character.
    /// </summary>
    public static (PairTable Merges, char? WordStart) Read(JsonField field, Vocabulary vocabulary, string prefix)
    {
        var table = new PairTable(field.ItemCount);
        var separates = vocabulary.TryGetId([WordMark], out _);
        var rank = 0;
        foreach (var item in field.Items())
        {
            var (left, right) = ReadPair(item);
            var rest = right.StartsWith(prefix, StringComparison.Ordinal) ? right[prefix.Length..] : right;
            var merged = left + rest;
            if (
                !vocabulary.TryGetId(left, out var leftId)
                || !vocabulary.TryGetId(right, out var rightId)
                || !vocabulary.TryGetId(merged, out var mergedId)
            )
            {
                throw item.Invalid("the parts of a merge and the whole must be tokens of the vocabulary");
            }

            table.Set(leftId, rightId, ((ulong)rank++ << 32) | (uint)mergedId);
            separates &= !HasMarkInside(merged);
        }

        return (table, separates ? WordMark : null);
    }

    /// <summary>Whether a token has a word mark right after another character.</summary>
    public static bool HasMarkInside(ReadOnlySpan<char> token)
    {
        var start = token.IndexOfAnyExcept(WordMark);
        return start >= 0 && token[start..].Contains(WordMark);
    }

    private static (string Left, string Right) ReadPair(JsonField item)
    {
        if (item.Kind == JsonValueKind.String)
        {
            var text = item.AsString();
            var space = text.IndexOf(' ', StringComparison.Ordinal);
            return space > 0 && space < text.Length - 1 && text.IndexOf(' ', space + 1) < 0
                ? (text[..space], text[(space + 1)..])
                : throw item.Expected("two tokens with one space between them");
        }

        var parts = item.Items().ToList();
        return parts.Count == 2 ? (parts[0].AsString(), parts[1].AsString()) : throw item.Expected("two tokens");
    }
}
