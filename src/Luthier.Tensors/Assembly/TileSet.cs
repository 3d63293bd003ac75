namespace Luthier.Tensors.Assembly;

/// <summary>The assembled tiles of one instruction set, each made when it is first asked for.</summary>
internal sealed unsafe class TileSet
{
    private readonly int lanes;
    private readonly int vectors;
    private readonly Func<int, int, bool, bool, TileGenerator> generator;
    private readonly nint[] tiles;
    private readonly Lock building = new();

    /// <param name="generator">Makes the generator of (rows, vectors, masked, pairs).</param>
    public TileSet(int maxRows, int lanes, int vectors, Func<int, int, bool, bool, TileGenerator> generator)
    {
        this.lanes = lanes;
        this.vectors = vectors;
        this.generator = generator;
        tiles = new nint[(maxRows + 1) * (vectors + 1) * 4];
    }

    /// <summary>Runs the tile of this size.</summary>
    public void Run(int rows, int columns, bool pairs, TileArguments* arguments)
    {
        var used = (columns + lanes - 1) / lanes;
        var last = columns - ((used - 1) * lanes);
        arguments->LastLanes = last;
        var index = (((rows * (vectors + 1)) + used) * 4) + (last < lanes ? 2 : 0) + (pairs ? 1 : 0);
        var tile = Volatile.Read(ref tiles[index]);
        if (tile == 0)
        {
            tile = Build(index, rows, used, last < lanes, pairs);
        }

        ((delegate* unmanaged<TileArguments*, void>)tile)(arguments);
    }

    private nint Build(int index, int rows, int used, bool masked, bool pairs)
    {
        lock (building)
        {
            if (tiles[index] == 0)
            {
                Volatile.Write(ref tiles[index], (nint)generator(rows, used, masked, pairs).Build());
            }

            return tiles[index];
        }
    }
}
