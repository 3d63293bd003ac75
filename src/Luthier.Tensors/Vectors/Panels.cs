using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Vectors;

/// <summary>
/// Small matrix products on one thread, for kernels that keep their operands in cache. The right operand lies in
/// panels of sixteen columns, [panel][step][16]; the product runs by tiles of six rows and one panel that stay in
/// registers. A sum always runs over the steps in order.
/// </summary>
internal static unsafe partial class Panels
{
    /// <summary>Columns of a panel.</summary>
    public const int Width = 16;

    /// <summary>Rows of a tile: with two vectors a row, twelve sums hide the latency and fit sixteen registers.</summary>
    public const int TileRows = 6;

    /// <summary>Rounds up to whole panels.</summary>
    public static int Padded(int columns) => (columns + Width - 1) / Width * Width;

    /// <summary>
    /// Packs rows of a matrix as the steps of panels: panel p holds columns 16p .. 16p + 15 of all
    /// rows, zeros beyond the last column. <paramref name="capacity"/> rows lie between panels.
    /// </summary>
    public static void Pack(float* source, long stride, int rows, int columns, float* panels, int capacity)
    {
        var whole = columns / Width * Width;
        for (var row = 0; row < rows; row++)
        {
            var from = source + (row * stride);
            var target = panels + ((long)row * Width);
            for (var first = 0; first < whole; first += Width)
            {
                Vector256.Load(from + first).Store(target);
                Vector256.Load(from + first + Lanes.Count).Store(target + Lanes.Count);
                target += (long)Width * capacity;
            }

            if (whole < columns)
            {
                PackRest(from + whole, columns - whole, target);
            }
        }
    }

    /// <summary>
    /// Packs the transpose: panel p holds rows 16p .. 16p + 15 of the matrix, whose columns are the steps; zeros beyond
    /// the last row.
    /// </summary>
    public static void PackTransposed(float* source, long stride, int rows, int columns, float* panels)
    {
        for (var first = 0; first < rows; first += Width)
        {
            var target = panels + ((long)first * columns);
            for (var half = 0; half < Width; half += Lanes.Count)
            {
                var from = source + ((first + half) * stride);
                PackEight(from, stride, Math.Clamp(rows - first - half, 0, Lanes.Count), columns, target + half);
            }
        }
    }

    /// <summary>
    /// c [rows, 16] = a · b, added to what is there when accumulating, for up to <see cref="TileRows"/> rows. Element
    /// (i, step) of a lies at i · rowStride + step · stepStride, the sixteen of a step of b at step · panelStride (in a
    /// panel: <see cref="Width"/>).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Tile(
        int rows,
        float* a,
        long rowStride,
        long stepStride,
        float* b,
        long panelStride,
        float* c,
        long stride,
        int steps,
        bool accumulate
    )
    {
        switch (rows)
        {
            case 6:
                Tile<Six>(a, rowStride, stepStride, b, panelStride, c, stride, steps, accumulate);
                break;
            case 5:
                Tile<Five>(a, rowStride, stepStride, b, panelStride, c, stride, steps, accumulate);
                break;
            case 4:
                Tile<Four>(a, rowStride, stepStride, b, panelStride, c, stride, steps, accumulate);
                break;
            case 3:
                Tile<Three>(a, rowStride, stepStride, b, panelStride, c, stride, steps, accumulate);
                break;
            case 2:
                Tile<Two>(a, rowStride, stepStride, b, panelStride, c, stride, steps, accumulate);
                break;
            default:
                Tile<One>(a, rowStride, stepStride, b, panelStride, c, stride, steps, accumulate);
                break;
        }
    }

    private static void PackRest(float* source, int columns, float* target)
    {
        var low = Math.Min(columns, Lanes.Count);
        Lanes.Load(source, low).Store(target);
        Lanes.Load(source + low, columns - low).Store(target + Lanes.Count);
    }

    // Eight rows of the source become eight lanes of every step.
    private static void PackEight(float* source, long stride, int rows, int columns, float* target)
    {
        var column = 0;
        if (rows == Lanes.Count)
        {
            for (; column <= columns - Lanes.Count; column += Lanes.Count)
            {
                Transposition.EightByEight(source + column, stride, target + ((long)column * Width), Width);
            }
        }

        for (; column < columns; column++)
        {
            for (var row = 0; row < Lanes.Count; row++)
            {
                target[((long)column * Width) + row] = row < rows ? source[(row * stride) + column] : 0;
            }
        }
    }
}
