namespace Luthier.Tensors.Assembly;

/// <summary>Tiles of up to 14 · 32 of float32 or, with the bfloat16 instructions, of pairs; assembled packing.</summary>
internal sealed unsafe class Avx512MatrixKernels : MatrixKernels
{
    private const int Lanes = 16;
    private const int Vectors = 2;
    private const int Block = Avx512PackGenerator.Block;
    private const int LargestUnit = 8;

    private readonly TileSet tiles;
    private readonly Lock building = new();

    // By element type, then float32 or pairs.
    private readonly nint[] transposes = new nint[3 * 2];
    private readonly nint[] converts = new nint[3 * 2];
    private readonly nint[] dots = new nint[3 * (MaxFewRows + 1) * 2];
    private readonly nint[] quantizedTiles = new nint[
        ((int)QuantizedKind.SixesBySixteen + 1) * (Avx512QuantizedTileGenerator.MaxRows + 1)
    ];
    private readonly nint[] interleaves = new nint[3 * 2 * Vectors];

    public Avx512MatrixKernels(Isa isa)
        : base(isa) => tiles = new TileSet(TileRows, Lanes, Vectors, shape => new Avx512TileGenerator(shape));

    public override int TileRows => 14;

    public override int TileColumns => Lanes * Vectors;

    public override bool HasPairs => Isa == Isa.Avx512BFloat16;

    public override void Tile(int rows, int columns, bool pairs, bool streamed, TileArguments* arguments) =>
        tiles.Run(rows, columns, pairs, streamed, arguments);

    public override void Dot(DType type, long rows, int few, DotArguments* arguments)
    {
        var together = Avx512DotGenerator.LongRowsFor(few);
        var groups = rows / together;
        if (groups > 0)
        {
            arguments->Groups = groups;
            ((delegate* unmanaged<DotArguments*, void>)DotOf(type, few, together))(arguments);
        }

        if (rows % together > 0)
        {
            arguments->Groups = rows % together;
            ((delegate* unmanaged<DotArguments*, void>)DotOf(type, few, 1))(arguments);
        }
    }

    public override int QuantizedTileRows =>
        IsaDetection.HasByteDots ? Avx512QuantizedTileGenerator.MaxRows : base.QuantizedTileRows;

    public override void QuantizedTile(int rows, QuantizedKind kind, QuantizedTileArguments* arguments)
    {
        if (!IsaDetection.HasByteDots)
        {
            base.QuantizedTile(rows, kind, arguments);
            return;
        }

        ref var code = ref quantizedTiles[((int)kind * (Avx512QuantizedTileGenerator.MaxRows + 1)) + rows];
        if (Volatile.Read(ref code) == 0)
        {
            lock (building)
            {
                if (code == 0)
                {
                    Volatile.Write(ref code, (nint)new Avx512QuantizedTileGenerator(rows, kind).Build());
                }
            }
        }

        ((delegate* unmanaged<QuantizedTileArguments*, void>)code)(arguments);
    }

    public override void Convert(byte* source, DType type, byte* target, bool toBFloat16, long count)
    {
        ref var code = ref converts[Index(type, toBFloat16)];
        if (Volatile.Read(ref code) == 0)
        {
            lock (building)
            {
                if (code == 0)
                {
                    Volatile.Write(ref code, (nint)Avx512PackGenerator.BuildConvert(type, toBFloat16));
                }
            }
        }

        if (count > 0)
        {
            ((delegate* unmanaged<byte*, byte*, long, void>)code)(source, target, count);
        }
    }

    public override void Pack(in PackArguments source, bool pairs, byte* target, long targetStride)
    {
        if (source.LaneStride == 1)
        {
            Interleave(source, pairs, target, targetStride);
        }
        else
        {
            Transpose(source, pairs, target, targetStride);
        }
    }

    private void Interleave(in PackArguments source, bool pairs, byte* target, long targetStride)
    {
        var rowBytes = source.LengthStride * source.Type.Size();
        var steps = pairs ? source.Length / 2 : source.Length;
        var whole = source.Length - (pairs ? source.Length % 2 : 0);
        var zeros = stackalloc byte[Lanes * Vectors * sizeof(float)];
        for (var lane = 0; lane < source.Lanes; lane += Lanes * Vectors)
        {
            var lanes = Math.Min(source.Lanes - lane, Lanes * Vectors);
            var vectors = (lanes + Lanes - 1) / Lanes;
            var last = lanes - ((vectors - 1) * Lanes);
            var code = InterleaveOf(source.Type, pairs, vectors);
            var from = source.Data + ((long)lane * source.Type.Size());
            var to = target + ((long)lane * UnitBytes);
            if (steps > 0)
            {
                code(from, rowBytes, to, targetStride, steps, last);
            }

            if (whole < source.Length)
            {
                // The last row is paired with zeros.
                var odd = from + (whole * rowBytes);
                code(odd, zeros - odd, to + (steps * targetStride), targetStride, 1, last);
            }
        }
    }

    private void Transpose(in PackArguments source, bool pairs, byte* target, long targetStride)
    {
        var size = source.Type.Size();
        var rowBytes = source.LaneStride * size;
        var unitElements = pairs ? 2 : 1;
        var units = (source.Length + unitElements - 1) / unitElements;
        var blocks = source.Length / (unitElements * Block);

        var code = TransposeOf(source.Type, pairs);
        for (var lane = 0; lane < source.Lanes; lane += Block)
        {
            var lanes = Math.Min(source.Lanes - lane, Block);
            var from = source.Data + (lane * rowBytes);
            var to = target + ((long)lane * UnitBytes);
            if (lanes == Block && blocks > 0)
            {
                code(from, rowBytes, to, targetStride, blocks);
            }

            var start = lanes == Block ? blocks : 0;
            for (var block = start; block * Block < units; block++)
            {
                var elements = Math.Min(unitElements * Block, source.Length - (block * unitElements * Block));
                TransposeEdge(
                    code,
                    from + (block * unitElements * Block * size),
                    rowBytes,
                    lanes,
                    elements * size,
                    to + (block * Block * targetStride),
                    targetStride,
                    (elements + unitElements - 1) / unitElements
                );
            }
        }
    }

    // A block with fewer rows or units goes through memory that is filled up with zeros.
    private static void TransposeEdge(
        delegate* unmanaged<byte*, long, byte*, long, long, void> code,
        byte* source,
        long rowBytes,
        int lanes,
        long bytes,
        byte* target,
        long targetStride,
        long units
    )
    {
        const int row = Block * LargestUnit;
        var filled = stackalloc byte[Block * row];
        var columns = stackalloc byte[Block * Lanes * UnitBytes];
        for (var lane = 0; lane < lanes; lane++)
        {
            Buffer.MemoryCopy(source + (lane * rowBytes), filled + (lane * row), row, bytes);
        }

        code(filled, row, columns, Lanes * UnitBytes, 1);
        for (var unit = 0; unit < units; unit++)
        {
            Buffer.MemoryCopy(
                columns + (unit * Lanes * UnitBytes),
                target + (unit * targetStride),
                Lanes * UnitBytes,
                Lanes * UnitBytes
            );
        }
    }

    private void* DotOf(DType type, int few, int together)
    {
        ref var code = ref dots[(((int)type * (MaxFewRows + 1)) + few) * 2 + (together > 1 ? 1 : 0)];
        if (Volatile.Read(ref code) == 0)
        {
            lock (building)
            {
                if (code == 0)
                {
                    Volatile.Write(ref code, (nint)Avx512DotGenerator.Build(together, few, type));
                }
            }
        }

        return (void*)code;
    }

    private delegate* unmanaged<byte*, long, byte*, long, long, void> TransposeOf(DType type, bool pairs)
    {
        ref var code = ref transposes[Index(type, pairs)];
        if (Volatile.Read(ref code) == 0)
        {
            lock (building)
            {
                if (code == 0)
                {
                    Volatile.Write(ref code, (nint)Avx512PackGenerator.BuildTranspose(type, pairs));
                }
            }
        }

        return (delegate* unmanaged<byte*, long, byte*, long, long, void>)code;
    }

    private delegate* unmanaged<byte*, long, byte*, long, long, long, void> InterleaveOf(
        DType type,
        bool pairs,
        int vectors
    )
    {
        ref var code = ref interleaves[(Index(type, pairs) * Vectors) + vectors - 1];
        if (Volatile.Read(ref code) == 0)
        {
            lock (building)
            {
                if (code == 0)
                {
                    Volatile.Write(ref code, (nint)Avx512PackGenerator.BuildInterleave(type, pairs, vectors));
                }
            }
        }

        return (delegate* unmanaged<byte*, long, byte*, long, long, long, void>)code;
    }

    private static int Index(DType type, bool pairs) => ((int)type * 2) + (pairs ? 1 : 0);
}
