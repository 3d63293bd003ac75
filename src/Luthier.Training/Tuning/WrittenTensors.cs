using Luthier.Formats;
using Luthier.Formats.Weights;
using Luthier.Tensors;
using Luthier.Training.Optimizers;

namespace Luthier.Training.Tuning;

/// <summary>Compares files just written with what is in memory.</summary>
internal static class WrittenTensors
{
    private const long BytesAtATime = 1 << 28;

    /// <exception cref="InvalidFileException">A tensor is missing or differs, or there are none at all.</exception>
    public static void Check(WeightFiles files, IReadOnlyList<TrainedTensor> tensors)
    {
        if (files.Tensors.Count == 0 || tensors.Count == 0)
        {
            throw new InvalidFileException(files.Path, "holds no tensors");
        }

        foreach (var (name, tensor) in tensors)
        {
            var written = files.Get(name);
            if (!(written.Shape.SequenceEqual(tensor.Shape) ? Same(written, tensor) : Transposed(written, tensor)))
            {
                throw new InvalidFileException(
                    files.Path,
                    $"reads back {written.Describe()} otherwise than it was written"
                );
            }
        }
    }

    /// <summary>Whether two tensors of one type and shape have the same bits.</summary>
    public static bool Same(Tensor a, Tensor b)
    {
        if (a.DType != b.DType || !a.Shape.SequenceEqual(b.Shape))
        {
            return false;
        }

        var rows = a.Rank == 0 ? 1 : a.Shape[0];
        var (x, y) = a.Rank == 0 ? (a.View(1), b.View(1)) : (a, b);
        var step = (int)Math.Clamp(BytesAtATime * rows / Math.Max(a.Bytes, 1), 1, Math.Max(rows, 1));
        for (var row = 0; row < rows; row += step)
        {
            var count = Math.Min(step, rows - row);
            if (!x.Slice(row, count).AsBytes().SequenceEqual(y.Slice(row, count).AsBytes()))
            {
                return false;
            }
        }

        return true;
    }

    // Files hold an embedding's A the other way round than memory does.
    private static bool Transposed(Tensor written, Tensor tensor)
    {
        if (
            written.Rank != 2
            || tensor.Rank != 2
            || written.Shape[0] != tensor.Shape[1]
            || written.Count != tensor.Count
        )
        {
            return false;
        }

        var from = written.AsFloats();
        var to = tensor.AsFloats();
        var (rows, columns) = (tensor.Shape[0], tensor.Shape[1]);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                if (from[(column * rows) + row] != to[(row * columns) + column])
                {
                    return false;
                }
            }
        }

        return true;
    }
}
