using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Luthier.Tensors.Assembly;

/// <summary>
/// The leaves of matrix products for one instruction set: register tiles, and what packs operands for them. This is
/// the plain version for any machine; derived classes replace it part by part.
/// </summary>
/// <remarks>
/// A unit is what one step of a tile takes of a row of A or a column of B: a float32 or, where <see cref="HasPairs"/>,
/// two bfloat16 neighbours along k. Both take <see cref="UnitBytes"/>.
/// </remarks>
internal unsafe class MatrixKernels
{
    public const int UnitBytes = 4;

    /// <summary>The most rows that <see cref="Dot"/> multiplies the long ones with.</summary>
    public const int MaxFewRows = 8;

    private static readonly MatrixKernels?[] Instances = new MatrixKernels?[(int)Isa.Avx512BFloat16 + 1];

    protected MatrixKernels(Isa isa) => Isa = isa;

    public Isa Isa { get; }

    /// <summary>The most rows that a tile has.</summary>
    public virtual int TileRows => PortableTile.Rows;

    /// <summary>The most columns that a tile has: the width of a packed strip of B.</summary>
    public virtual int TileColumns => PortableTile.Columns;

    /// <summary>Whether bfloat16 pairs are multiplied as they are; otherwise operands become float32.</summary>
    public virtual bool HasPairs => false;

    /// <summary>The kernels for an instruction set that this machine has; shared by all who ask.</summary>
    public static MatrixKernels For(Isa isa)
    {
        ref var instance = ref Instances[(int)IsaDetection.Require(isa)];
        if (Volatile.Read(ref instance) is null)
        {
            MatrixKernels made = isa switch
            {
                Isa.Avx512 or Isa.Avx512BFloat16 => new Avx512MatrixKernels(isa),
                Isa.Avx2 => new Avx2MatrixKernels(),
                _ => new MatrixKernels(isa),
            };
            Interlocked.CompareExchange(ref instance, made, null);
        }

        return instance!;
    }

    /// <summary>Runs a tile of the given size; <paramref name="arguments"/> are used up.</summary>
    /// <param name="streamed">See <see cref="TileShape"/>.</param>
    public virtual void Tile(int rows, int columns, bool pairs, bool streamed, TileArguments* arguments)
    {
        if (Isa == Isa.Scalar)
        {
            PortableTile.Scalar(arguments, rows, columns);
        }
        else
        {
            PortableTile.Vector(arguments, rows, columns);
        }
    }

    /// <summary>
    /// Dot products of long rows with at most <see cref="MaxFewRows"/> others; <paramref name="arguments"/> are used
    /// up. Each is summed in the same order, wherever the rows stand.
    /// </summary>
    public virtual void Dot(DType type, long rows, int few, DotArguments* arguments)
    {
        var t = arguments;
        for (var row = 0L; row < rows; row++)
        {
            var left = t->Long + (row * t->LongStride);
            for (var i = 0; i < few; i++)
            {
                var sum = PortableDot.Sum(left, type, (float*)(t->Few + (i * t->FewStride)), t->Length);
                var c = (float*)(t->C + (row * t->CLongStride) + (i * t->CFewStride));
                *c = t->Accumulate != 0 ? MathF.FusedMultiplyAdd(sum, t->Alpha, *c) : sum * t->Alpha;
            }
        }
    }

    /// <summary>The most rows that a tile of quantized weights has.</summary>
    public virtual int QuantizedTileRows => PortableQuantizedTile.MaxRows;

    /// <summary>Runs a tile of quantized weights.</summary>
    public virtual void QuantizedTile(int rows, QuantizedKind kind, QuantizedTileArguments* arguments) =>
        PortableQuantizedTile.Run(rows, kind, arguments);

    /// <summary>
    /// Writes k elements of each lane as units: unit s of lane l goes to target + s · targetStride + l · 4 bytes. One
    /// of the two source strides (in elements) is 1. Up to fifteen lanes past the last may be overwritten, with zeros,
    /// as far as the target stride reaches; half a unit at the end is filled up with zero.
    /// </summary>
    public virtual void Pack(in PackArguments source, bool pairs, byte* target, long targetStride)
    {
        for (var lane = 0; lane < source.Lanes; lane++)
        {
            for (var p = 0; p < source.Length; p++)
            {
                var index = (lane * source.LaneStride) + (p * source.LengthStride);
                *(float*)(target + (p * targetStride) + (lane * UnitBytes)) = ReadFloat(
                    source.Data,
                    source.Type,
                    index
                );
            }
        }
    }

    /// <summary>Converts elements to float32 or, where <see cref="HasPairs"/>, to bfloat16, ties to even.</summary>
    public virtual void Convert(byte* source, DType type, byte* target, bool toBFloat16, long count) =>
        Conversion.ToFloat32(source, type, (float*)target, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ReadFloat(byte* data, DType type, long index) =>
        type switch
        {
            DType.Float32 => ((float*)data)[index],
            DType.BFloat16 => Conversion.BFloat16ToSingle(((ushort*)data)[index]),
            _ => (float)((Half*)data)[index],
        };
}

/// <summary>Lanes (rows of A, or columns of B) of elements along k; strides in elements.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct PackArguments(
    byte* data,
    DType type,
    int lanes,
    long laneStride,
    long length,
    long lengthStride
)
{
    public readonly byte* Data = data;
    public readonly DType Type = type;
    public readonly int Lanes = lanes;
    public readonly long LaneStride = laneStride;
    public readonly long Length = length;
    public readonly long LengthStride = lengthStride;
}
