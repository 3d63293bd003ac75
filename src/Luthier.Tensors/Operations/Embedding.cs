using Luthier.Tensors.Autograd;

namespace Luthier.Tensors.Operations;

/// <summary>Rows of a table by id: y [n, d] = scale · table[ids].</summary>
public static partial class Embedding
{
    /// <param name="ids">n token ids; the caller keeps the array unchanged until the backward pass.</param>
    /// <param name="table">[vocabulary, d].</param>
    /// <param name="scale">Multiplies the rows (Gemma: √d).</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public static Tensor Apply(Tape tape, int[] ids, Tensor table, float scale = 1)
    {
        var y = Gather(tape, ids, table, scale);
        if (tape.Recording && table.NeedsGradient)
        {
            Record(tape, ids, table, scale, y);
        }

        return y;
    }

    /// <summary>The same, without a backward pass.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public static Tensor Gather(Tape tape, ReadOnlySpan<int> ids, Tensor table, float scale = 1)
    {
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)table.Rows)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(ids),
                    id,
                    $"token id {id} is outside the vocabulary 0..{table.Rows - 1}"
                );
            }
        }

        var y = tape.New(ids.Length, table.Columns);
        y.Name = table.Name;
        tape.Device.Embedding(ids, table, y, scale);
        return y;
    }

    private static void Record(Tape tape, int[] ids, Tensor table, float scale, Tensor y)
    {
        y.NeedsGradient = true;
        tape.Record(y, () => tape.Device.EmbeddingBackward(ids, y.Gradient!, tape.GradientToAddTo(table), scale));
    }
}
