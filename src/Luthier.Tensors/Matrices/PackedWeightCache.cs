using Luthier.Tensors.Operations;
using Luthier.Tensors.Threading;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// Keeps the packed panels of weights that no longer change, so that they need not be packed for every product. A
/// weight is packed when it is used for the second time in the same way, as long as the budget lasts.
/// </summary>
internal sealed class PackedWeightCache(MatrixMultiplier matrices) : IDisposable
{
    private readonly MatrixMultiplier matrices = matrices;

    // Fewer rows than these are multiplied by the weight as it lies.
    private const int MinRows = 32;
    private const int UsesBeforePacking = 2;

    // Weights are forgotten by their owners without notice.
    private readonly List<WeakReference<PackedWeight>> entries = [];

    /// <summary>The most memory that packed weights may take.</summary>
    public long BudgetBytes { get; set; }

    /// <summary>Memory that packed weights take now.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>The weight, transposed if asked, packed for a product with so many rows; null if it is not to be.</summary>
    public PackedMatrix? Find(Tensor weight, bool transpose, MatMulPrecision precision, int rows)
    {
        if (!weight.IsParameter || weight.NeedsGradient)
        {
            weight.DropDeviceState();
            return null;
        }

        if (rows < MinRows || BudgetBytes == 0)
        {
            return null;
        }

        return EntryOf(weight)?.Find(weight, transpose, precision);
    }

    /// <summary>The transposed weight, packed for products with any number of rows, whatever the budget says.</summary>
    /// <exception cref="InvalidOperationException">The weight belongs to another device.</exception>
    public PackedMatrix Keep(Tensor weight, MatMulPrecision precision) =>
        EntryOf(weight)?.Keep(weight, precision)
        ?? throw new InvalidOperationException($"{weight.Describe()} is packed for another device");

    public void Dispose()
    {
        foreach (var reference in entries)
        {
            if (reference.TryGetTarget(out var entry))
            {
                entry.Dispose();
            }
        }

        entries.Clear();
        UsedBytes = 0;
    }

    /// <summary>The weight of a block type as tiles read it.</summary>
    /// <exception cref="InvalidOperationException">The weight belongs to another device.</exception>
    public QuantizedMatrix KeepQuantized(Tensor weight, ThreadTeam team) =>
        EntryOf(weight)?.Keep(weight, team)
        ?? throw new InvalidOperationException($"{weight.Describe()} is packed for another device");

    private PackedWeight? EntryOf(Tensor weight)
    {
        if (weight.DeviceState is null or PackedWeight { Disposed: true })
        {
            var added = new PackedWeight(this);
            entries.Add(new WeakReference<PackedWeight>(added));
            weight.DeviceState = added;
        }

        return weight.DeviceState is PackedWeight entry && ReferenceEquals(entry.Cache, this) ? entry : null;
    }

    private PackedMatrix? Pack(in MatrixView view, MatMulPrecision precision)
    {
        var bytes = matrices.PackedBytes(view, precision);
        if (UsedBytes + bytes > BudgetBytes)
        {
            Count();
        }

        if (UsedBytes + bytes > BudgetBytes)
        {
            return null;
        }

        UsedBytes += bytes;
        return matrices.Pack(view, precision);
    }

    // What is in use after weights were dropped or collected.
    private void Count()
    {
        UsedBytes = 0;
        for (var i = entries.Count - 1; i >= 0; i--)
        {
            if (entries[i].TryGetTarget(out var entry) && !entry.Disposed)
            {
                UsedBytes += entry.Bytes;
            }
            else
            {
                entries.RemoveAt(i);
            }
        }
    }

    /// <summary>The panels of one weight: as it is and transposed, for each precision.</summary>
    private sealed class PackedWeight(PackedWeightCache cache) : IDisposable
    {
        private readonly PackedMatrix?[] packed = new PackedMatrix?[4];
        private readonly int[] uses = new int[4];
        private QuantizedMatrix? quantized;

        public PackedWeightCache Cache => cache;

        public bool Disposed { get; private set; }

        public long Bytes
        {
            get
            {
                var bytes = 0L;
                foreach (var matrix in packed)
                {
                    bytes += matrix?.Bytes ?? 0;
                }

                return bytes;
            }
        }

        public PackedMatrix? Find(Tensor weight, bool transpose, MatMulPrecision precision)
        {
            var index = Index(transpose, precision);
            if (packed[index] is null && ++uses[index] >= UsesBeforePacking)
            {
                packed[index] = cache.Pack(MatrixView.Of(weight, transpose), precision);
            }

            return packed[index];
        }

        public PackedMatrix Keep(Tensor weight, MatMulPrecision precision) =>
            packed[Index(transpose: true, precision)] ??= cache.matrices.Pack(
                MatrixView.Of(weight, transpose: true),
                precision
            );

        public QuantizedMatrix Keep(Tensor weight, ThreadTeam team) => quantized ??= Quantized(weight, team);

        public void Dispose()
        {
            Disposed = true;
            quantized?.Dispose();
            quantized = null;
            foreach (var matrix in packed)
            {
                matrix?.Dispose();
            }

            Array.Clear(packed);
        }

        private static QuantizedMatrix Quantized(Tensor weight, ThreadTeam team)
        {
            var matrix = new QuantizedMatrix(weight.Rows, weight.Columns, weight.DType);
            team.For(matrix.Strips, 1, (start, end) => matrix.Pack(weight, start, end));
            return matrix;
        }

        private static int Index(bool transpose, MatMulPrecision precision) =>
            (transpose ? 2 : 0) + (precision == MatMulPrecision.BFloat16 ? 1 : 0);
    }
}
