using System.Runtime.InteropServices;
using Luthier.Tensors.Assembly;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// How the right operand [k, n] of a product lies when packed: blocks of k, in each of them strips of as many columns
/// as a tile has, in each strip one row of units after another. The blocks depend on k alone, so that sums always run
/// in the same order.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct PackedLayout
{
    // A strip of a block, 64 KiB, stays in the second-level cache while the rows of a task pass by, beside the
    // 32 KiB that a panel of A takes.
    private const int MaxBlockUnits = 512;

    public PackedLayout(MatrixKernels kernels, int k, int n, bool pairs)
    {
        var elements = pairs ? 2 : 1;
        var units = (k + elements - 1) / elements;
        var blocks = Math.Max(1, (units + MaxBlockUnits - 1) / MaxBlockUnits);
        BlockUnits = (((units + blocks - 1) / blocks) + 3) & ~3;
        K = k;
        N = n;
        Pairs = pairs;
        Blocks = BlockUnits == 0 ? 0 : (units + BlockUnits - 1) / BlockUnits;
        Units = units;
        StripWidth = kernels.TileColumns;
        Strips = (n + StripWidth - 1) / StripWidth;
    }

    private PackedLayout(in PackedLayout whole, int n)
    {
        this = whole;
        N = n;
        Strips = (n + StripWidth - 1) / StripWidth;
    }

    public int K { get; }

    public int N { get; }

    public bool Pairs { get; }

    public int Units { get; }

    /// <summary>Units of all blocks but the last, which may have fewer.</summary>
    public int BlockUnits { get; }

    public int Blocks { get; }

    public int StripWidth { get; }

    public int Strips { get; }

    public int StripBytes => StripWidth * MatrixKernels.UnitBytes;

    public long Bytes => (long)Units * Strips * StripBytes;

    /// <summary>The layout of fewer columns.</summary>
    public PackedLayout WithColumns(int n) => new(this, n);

    /// <summary>First element along k of a block.</summary>
    public int Start(int block) => block * BlockUnits * (Pairs ? 2 : 1);

    /// <summary>Elements along k of a block.</summary>
    public int Length(int block) => Math.Min(BlockUnits * (Pairs ? 2 : 1), K - Start(block));

    /// <summary>Units of a block.</summary>
    public int UnitsOf(int block) => Math.Min(BlockUnits, Units - (block * BlockUnits));

    /// <summary>Bytes before a strip.</summary>
    public long Offset(int block, int strip) =>
        (((long)block * BlockUnits * Strips) + ((long)UnitsOf(block) * strip)) * StripBytes;

    /// <summary>Packs one strip of one block.</summary>
    public unsafe void PackStrip(MatrixKernels kernels, in MatrixView source, int block, int strip, byte* panels)
    {
        var column = strip * StripWidth;
        var arguments = new PackArguments(
            source.At(Start(block), column),
            source.Type,
            Math.Min(StripWidth, N - column),
            source.ColumnStride,
            Length(block),
            source.RowStride
        );
        kernels.Pack(arguments, Pairs, panels + Offset(block, strip), StripBytes);
    }
}
