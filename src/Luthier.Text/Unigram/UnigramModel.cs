using System.Buffers;
using Luthier.Text.Bpe;

namespace Luthier.Text.Unigram;

/// <summary>Chooses the most probable sequence of pieces that covers a text (Viterbi).</summary>
internal sealed class UnigramModel : TokenModel
{
    /// <summary>How much less probable than the least probable piece a character outside all pieces is.</summary>
    private const double UnknownPenalty = 10;

    private const int Unknown = -1;
    private readonly UnigramOptions settings;
    private readonly CharTrie trie;
    private readonly double unknownScore;

    public UnigramModel(UnigramOptions options)
        : base(options.Vocabulary)
    {
        settings = options;
        trie = new CharTrie(options.Pieces.Count * 2);
        for (var i = 0; i < options.Pieces.Count; i++)
        {
            trie.Add(options.Pieces[i].Text, i);
        }

        var minimum = options.MinimumScore ?? options.Pieces.Select(p => p.Score).DefaultIfEmpty().Min();
        unknownScore = Round(minimum - UnknownPenalty);
    }

    public override void Encode(ReadOnlySpan<char> piece, IdBuffer output)
    {
        // For each end of a prefix: the best score, where its last piece starts, and which it is.
        var scores = ArrayPool<double>.Shared.Rent(piece.Length + 1);
        var starts = ArrayPool<int>.Shared.Rent(piece.Length + 1);
        var chosen = ArrayPool<int>.Shared.Rent(piece.Length + 1);
        Array.Fill(starts, -1, 0, piece.Length + 1);
        scores[0] = 0;
        for (var start = 0; start < piece.Length; )
        {
            var length = char.IsHighSurrogate(piece[start]) && start + 1 < piece.Length ? 2 : 1;
            Extend(piece, start, length, scores, starts, chosen);
            start += length;
        }

        Put(piece, starts, chosen, output);
        ArrayPool<double>.Shared.Return(scores);
        ArrayPool<int>.Shared.Return(starts);
        ArrayPool<int>.Shared.Return(chosen);
    }

    private void Extend(
        ReadOnlySpan<char> piece,
        int start,
        int characterLength,
        double[] scores,
        int[] starts,
        int[] chosen
    )
    {
        var node = CharTrie.Root;
        var covered = false;
        for (var end = start; end < piece.Length && trie.TryStep(ref node, piece[end]); end++)
        {
            var index = trie.ValueAt(node);
            if (index < 0)
            {
                continue;
            }

            covered |= end + 1 - start == characterLength;
            Offer(start, end + 1, index, settings.Pieces[index].Score, scores, starts, chosen);
        }

        if (!covered)
        {
            Offer(start, start + characterLength, Unknown, unknownScore, scores, starts, chosen);
        }
    }

    private void Offer(int start, int end, int index, double score, double[] scores, int[] starts, int[] chosen)
    {
        // SentencePiece compares a piece's sum before it is rounded with one after.
        var candidate = scores[start] + score;
        candidate = index == Unknown ? Round(candidate) : candidate;
        if (starts[end] < 0 || candidate > scores[end])
        {
            (scores[end], starts[end], chosen[end]) = (Round(candidate), start, index);
        }
    }

    private void Put(ReadOnlySpan<char> piece, int[] starts, int[] chosen, IdBuffer output)
    {
        // Back pointers lead from the end to the start; turn them round in place.
        var next = piece.Length;
        for (var end = piece.Length; end > 0; )
        {
            var start = starts[end];
            (starts[end], end, next) = (next, start, end);
        }

        var lastWasUnknown = false;
        for (var (start, end) = (0, next); start < piece.Length; (start, end) = (end, starts[end]))
        {
            var index = chosen[end];
            if (index != Unknown)
            {
                output.Add(settings.Pieces[index].Id);
            }
            else if (ByteTokens.Spell(piece[start..end], settings.ByteIds) is { } bytes)
            {
                output.Add(bytes);
            }
            else if (settings.UnknownId is { } unknown && !lastWasUnknown)
            {
                output.Add(unknown);
            }

            lastWasUnknown = index == Unknown;
            if (end == piece.Length)
            {
                break;
            }
        }
    }

    private double Round(double value) => settings.SinglePrecision ? (float)value : value;
}
