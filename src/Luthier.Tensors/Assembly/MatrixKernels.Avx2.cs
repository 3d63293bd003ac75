namespace Luthier.Tensors.Assembly;

/// <summary>Tiles of up to 6 · 16; packing is the plain one.</summary>
internal sealed unsafe class Avx2MatrixKernels : MatrixKernels
{
    private const int Lanes = 8;
    private const int Vectors = 2;

    private readonly TileSet tiles;

    public Avx2MatrixKernels()
        : base(Isa.Avx2) => tiles = new TileSet(TileRows, Lanes, Vectors, shape => new Avx2TileGenerator(shape));

    public override int TileRows => 6;

    public override int TileColumns => Lanes * Vectors;

    public override void Tile(int rows, int columns, bool pairs, bool streamed, TileArguments* arguments) =>
        tiles.Run(rows, columns, pairs: false, streamed, arguments);
}
