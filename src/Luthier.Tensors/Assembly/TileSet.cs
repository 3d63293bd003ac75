namespace Luthier.Tensors.Assembly;

/// <summary>The assembled tiles of one instruction set, each made when it is first asked for.</summary>
internal sealed unsafe class TileSet
{
    private readonly int lanes;
    private readonly int vectors;
    private readonly Func<TileShape, TileGenerator> generator;
    private readonly nint[] tiles;
    private readonly Lock building = new();

    public TileSet(int maxRows, int lanes, int vectors, Func<TileShape, TileGenerator> generator)
    {
        this.lanes = lanes;
        this.vectors = vectors;
        this.generator = generator;
        tiles = new nint[(maxRows + 1) * (vectors + 1) * 8];
    }

    /// <summary>Runs the tile of this size.</summary>
    public void Run(int rows, int columns, bool pairs, bool streamed, TileArguments* arguments)
    {
        var used = (columns + lanes - 1) / lanes;
        var last = columns - ((used - 1) * lanes);
        arguments->LastLanes = last;
        var shape = new TileShape(rows, used, last < lanes, pairs, streamed);
        var index = (((rows * (vectors + 1)) + used) * 8) + Bit(shape.Masked, 4) + Bit(pairs, 2) + Bit(streamed, 1);
        var tile = Volatile.Read(ref tiles[index]);
        if (tile == 0)
        {
            tile = Build(index, shape);
        }

        ((delegate* unmanaged<TileArguments*, void>)tile)(arguments);
    }

    private static int Bit(bool set, int value) => set ? value : 0;

    private nint Build(int index, TileShape shape)
    {
        lock (building)
        {
            if (tiles[index] == 0)
            {
                Volatile.Write(ref tiles[index], (nint)generator(shape).Build());
            }

            return tiles[index];
        }
    }
}
