namespace Luthier.Tensors.Matrices;

/// <summary>How the rows and columns of a product are cut.</summary>
internal static class Blocking
{
    // Panels of A that share the strips of B which a task brings into its cache.
    private const int PanelsPerTask = 8;

    // So many tasks a thread keep all threads busy to the end when some are slower.
    private const int TasksPerThread = 4;

    /// <summary>Panels that so many rows make.</summary>
    public static int PanelCount(int rows, int tileRows) => (rows + tileRows - 1) / tileRows;

    /// <summary>Rows are spread evenly: so many panels of height + 1 rows come first, then so many of height.</summary>
    public static (int Tall, int Low, int Height) Panels(int rows, int tileRows)
    {
        var count = PanelCount(rows, tileRows);
        var (height, tall) = Math.DivRem(rows, count);
        return (tall, count - tall, height);
    }

    /// <summary>Into how many tasks the rows are cut: as many for each thread if there are rows enough.</summary>
    public static int RowTasks(int rows, int tileRows, int threads)
    {
        var count = (rows + (PanelsPerTask * tileRows) - 1) / (PanelsPerTask * tileRows);
        var even = (count + threads - 1) / threads * threads;
        return rows >= even * tileRows ? even : count;
    }

    /// <summary>Into how many tasks the strips are cut.</summary>
    public static int ColumnTasks(int rowTasks, int strips, int threads)
    {
        if (threads == 1 || (rowTasks >= threads && rowTasks % threads == 0))
        {
            return 1;
        }

        var count = ((TasksPerThread * threads) + rowTasks - 1) / rowTasks;
        return Math.Clamp(count, 1, strips);
    }
}
