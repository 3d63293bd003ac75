namespace Luthier.Tensors.Matrices;

/// <summary>How the rows and columns of a product are cut.</summary>
internal static class Blocking
{
    // Panels of A that share the strips of B which a task brings into its cache: as many as fit beside them.
    private const int MaxPanelsPerTask = 8;
    private const int MinPanelsPerTask = 3;
    private const int TaskBytes = 256 << 10;

    /// <summary>Panels that so many rows make.</summary>
    public static int PanelCount(int rows, int tileRows) => (rows + tileRows - 1) / tileRows;

    /// <summary>Rows are spread evenly: so many panels of height + 1 rows come first, then so many of height.</summary>
    public static (int Tall, int Low, int Height) Panels(int rows, int tileRows)
    {
        var count = PanelCount(rows, tileRows);
        var (height, tall) = Math.DivRem(rows, count);
        return (tall, count - tall, height);
    }

    /// <summary>Into how many tasks the rows of a part are cut.</summary>
    /// <param name="rowBytes">Memory that a row of A takes over a block of k, before it is brought into order.</param>
    public static int Tasks(int rows, int tileRows, long rowBytes)
    {
        var panels = (int)Math.Clamp(TaskBytes / (tileRows * rowBytes), MinPanelsPerTask, MaxPanelsPerTask);
        return (rows + (panels * tileRows) - 1) / (panels * tileRows);
    }

    /// <summary>The share of one among several of so many things, cut at multiples of a unit.</summary>
    public static (int Start, int End) Share(int count, int unit, int index, int shares)
    {
        var units = (count + unit - 1) / unit;
        var start = (long)units * index / shares * unit;
        var end = (long)units * (index + 1) / shares * unit;
        return ((int)Math.Min(start, count), (int)Math.Min(end, count));
    }

    /// <summary>
    /// Into how many parts c is cut, downwards and across, as many as there are threads: parts of the same rows bring
    /// the same rows of A, and parts of the same columns pack the same columns of B, so that the cheapest cut is the
    /// one with the least of both beside the largest part's multiplications.
    /// </summary>
    /// <param name="columnUnit">Columns are cut at multiples of this.</param>
    /// <param name="cost">What bringing an element of A costs, and packing one of B, in multiply-adds.</param>
    public static (int Down, int Across) Grid(int threads, int rows, int columns, int columnUnit, (int A, int B) cost)
    {
        var best = (1, 1);
        var least = long.MaxValue;
        for (var down = 1; down <= threads; down++)
        {
            if (threads % down != 0)
            {
                continue;
            }

            var across = threads / down;
            var height = (long)((rows + down - 1) / down);
            var width = (long)((((columns + columnUnit - 1) / columnUnit) + across - 1) / across) * columnUnit;
            var total = (height * width) + (height * cost.A) + (width * cost.B);
            if (total < least)
            {
                least = total;
                best = (down, across);
            }
        }

        return best;
    }
}
