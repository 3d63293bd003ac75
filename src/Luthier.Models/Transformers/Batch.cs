using Luthier.Tensors;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Transformers;

/// <summary>
/// The tokens of several sequences, one after the other without padding, so that padding costs nothing. A batch made
/// from padded rows remembers where each token stood and can put results back there.
/// </summary>
public sealed class Batch
{
    private readonly int[] places;

    private Batch(int[] tokens, int[] positions, AttentionSegment[] segments, int[] cells, int rows, int width)
    {
        Tokens = tokens;
        Positions = positions;
        Segments = segments;
        places = cells;
        Rows = rows;
        Width = width;
    }

    /// <summary>Token ids of all sequences [n].</summary>
    public int[] Tokens { get; }

    /// <summary>Position of each token in its sequence [n].</summary>
    public int[] Positions { get; }

    /// <summary>Where each sequence lies among the tokens; sequences without tokens have none.</summary>
    public AttentionSegment[] Segments { get; }

    /// <summary>Number of tokens n.</summary>
    public int Count => Tokens.Length;

    /// <summary>Rows of the padded batch.</summary>
    public int Rows { get; }

    /// <summary>Columns of the padded batch: its longest row.</summary>
    public int Width { get; }

    /// <summary>Whole sequences without padding: a packed batch. Positions count from 0 in each.</summary>
    public static Batch FromSequences(params IReadOnlyList<int[]> sequences)
    {
        var width = sequences.Count == 0 ? 0 : sequences.Max(sequence => sequence.Length);
        var count = sequences.Sum(sequence => sequence.Length);
        var tokens = new int[count];
        var positions = new int[count];
        var cells = new int[count];
        var segments = new List<AttentionSegment>(sequences.Count);
        var start = 0;
        for (var row = 0; row < sequences.Count; row++)
        {
            var sequence = sequences[row];
            sequence.CopyTo(tokens, start);
            for (var i = 0; i < sequence.Length; i++)
            {
                positions[start + i] = i;
                cells[start + i] = (row * width) + i;
            }

            AddSegment(segments, start, sequence.Length);
            start += sequence.Length;
        }

        return new Batch(tokens, positions, [.. segments], cells, sequences.Count, width);
    }

    /// <summary>Padded rows, on whichever side: tokens whose mask is 0 are left out.</summary>
    /// <param name="ids">[rows · width] token ids.</param>
    /// <param name="rows">Number of sequences.</param>
    /// <param name="mask">[rows · width], 1 for tokens and 0 for padding; empty: no padding.</param>
    /// <param name="positions">[rows · width]; empty: the column, as in a Transformers model's forward.</param>
    public static Batch FromPadded(
        ReadOnlySpan<int> ids,
        int rows,
        ReadOnlySpan<int> mask = default,
        ReadOnlySpan<int> positions = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        var width = ids.Length / rows;
        CheckLength(ids.Length, rows * width, nameof(ids));
        CheckLength(mask.Length, mask.IsEmpty ? 0 : ids.Length, nameof(mask));
        CheckLength(positions.Length, positions.IsEmpty ? 0 : ids.Length, nameof(positions));
        var cells = new List<int>(ids.Length);
        var segments = new List<AttentionSegment>(rows);
        for (var row = 0; row < rows; row++)
        {
            var start = cells.Count;
            for (var cell = row * width; cell < (row + 1) * width; cell++)
            {
                if (mask.IsEmpty || mask[cell] != 0)
                {
                    cells.Add(cell);
                }
            }

            AddSegment(segments, start, cells.Count - start);
        }

        var tokens = new int[cells.Count];
        var taken = new int[cells.Count];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = ids[cells[i]];
            taken[i] = positions.IsEmpty ? cells[i] % width : positions[cells[i]];
        }

        return new Batch(tokens, taken, [.. segments], [.. cells], rows, width);
    }

    /// <summary>The values of a padded array [rows · width] that belong to the tokens [n], such as labels.</summary>
    public int[] Gather(ReadOnlySpan<int> padded)
    {
        CheckLength(padded.Length, Rows * Width, nameof(padded));
        var values = new int[places.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = padded[places[i]];
        }

        return values;
    }

    /// <summary>Puts float32 rows of the tokens [n, d] where they stood: [rows, width, d], zero in the padding.</summary>
    public Tensor Scatter(Tensor values)
    {
        CheckLength(values.Rows, Count, nameof(values));
        var d = values.Columns;
        var padded = Tensor.Create(DType.Float32, Rows, Width, d);
        var from = values.AsFloats();
        var to = padded.AsFloats();
        for (var i = 0; i < places.Length; i++)
        {
            from.Slice(i * d, d).CopyTo(to.Slice(places[i] * d, d));
        }

        return padded;
    }

    /// <summary>
    /// What each token [n] is asked to predict: the label of the token after it in its own sequence, and nothing for
    /// the last one.
    /// </summary>
    /// <param name="labels">[n], aligned with the tokens; −100 asks for nothing.</param>
    public int[] NextLabels(ReadOnlySpan<int> labels)
    {
        CheckLength(labels.Length, Count, nameof(labels));
        var next = new int[Count];
        Array.Fill(next, LinearCrossEntropy.Ignored);
        foreach (var segment in Segments)
        {
            labels.Slice(segment.QueryStart + 1, segment.QueryCount - 1).CopyTo(next.AsSpan(segment.QueryStart));
        }

        return next;
    }

    private static void AddSegment(List<AttentionSegment> segments, int start, int count)
    {
        if (count > 0)
        {
            segments.Add(new AttentionSegment(start, count, start, count));
        }
    }

    private static void CheckLength(int found, int expected, string name)
    {
        if (found != expected)
        {
            throw new ArgumentException($"batch: expected {expected} values, found {found}", name);
        }
    }
}
