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
        var parts = new MergeParts();
        foreach (var item in field.Items())
        {
            parts.Read(item, prefix);
            if (
                !vocabulary.TryGetId(parts.Left, out var left)
                || !vocabulary.TryGetId(parts.Right, out var right)
                || !vocabulary.TryGetId(parts.Merged, out var merged)
            )
            {
                throw item.Invalid("the parts of a merge and the whole must be tokens of the vocabulary");
            }

            table.Set(left, right, ((ulong)rank++ << 32) | (uint)merged);
            separates &= !HasMarkInside(parts.Merged);
        }

        return (table, separates ? WordMark : null);
    }

    /// <summary>Whether a token has a word mark right after another character.</summary>
    public static bool HasMarkInside(ReadOnlySpan<char> token)
    {
        var start = token.IndexOfAnyExcept(WordMark);
        return start >= 0 && token[start..].Contains(WordMark);
    }

    /// <summary>A merge's tokens, in buffers that serve one merge after another.</summary>
    private sealed class MergeParts
    {
        private string text = "";
        private int split;
        private char[] merged = new char[64];
        private int mergedLength;

        public ReadOnlySpan<char> Left => text.AsSpan(0, split);

        public ReadOnlySpan<char> Right => text.AsSpan(split + 1);

        public ReadOnlySpan<char> Merged => merged.AsSpan(0, mergedLength);

        public void Read(JsonField item, string prefix)
        {
            if (item.Kind == JsonValueKind.String)
            {
                text = item.AsString();
                split = text.IndexOf(' ', StringComparison.Ordinal);
                if (split <= 0 || split == text.Length - 1 || text.IndexOf(' ', split + 1) >= 0)
                {
                    throw item.Expected("two tokens with one space between them");
                }
            }
            else
            {
                var tokens = item.Items().ToList();
                if (tokens.Count != 2)
                {
                    throw item.Expected("two tokens");
                }

                var left = tokens[0].AsString();
                text = $"{left} {tokens[1].AsString()}";
                split = left.Length;
            }

            var rest = Right.StartsWith(prefix, StringComparison.Ordinal) ? Right[prefix.Length..] : Right;
            mergedLength = split + rest.Length;
            if (mergedLength > merged.Length)
            {
                merged = new char[2 * mergedLength];
            }

            Left.CopyTo(merged);
            rest.CopyTo(merged.AsSpan(split));
        }
    }
}
