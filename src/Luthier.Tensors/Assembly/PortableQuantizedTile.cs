using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Luthier.Tensors.Assembly.QuantizedLayout;

namespace Luthier.Tensors.Assembly;

/// <summary>
/// The tile of <see cref="Avx512QuantizedTileGenerator"/> for any machine, with the same roundings in the same order.
/// Eight columns at a time.
/// </summary>
internal static unsafe class PortableQuantizedTile
{
    public const int MaxRows = 4;

    /// <summary>Columns whose codes of one step fill a vector.</summary>
    public const int Columns = 8;

    public static void Run(int rows, QuantizedKind kind, QuantizedTileArguments* arguments)
    {
        var sums = stackalloc float[StripColumns];
        for (var row = 0; row < rows; row++)
        {
            new Span<float>(sums, StripColumns).Clear();
            for (var group = 0L; group < arguments->Groups; group++)
            {
                var activation = arguments->Activations + (((group * rows) + row) * ActivationBytes);
                Add(kind, activation, arguments->Strip + (group * kind.GroupBytes()), sums);
            }

            var target = (float*)((byte*)arguments->C + (row * arguments->CRowStride));
            for (var column = 0; column < StripColumns; column++)
            {
                if ((arguments->Columns >> column & 1) != 0)
                {
                    target[column] = sums[column];
                }
            }
        }
    }

    private static void Add(QuantizedKind kind, byte* activation, byte* group, float* sums)
    {
        var scale = *(float*)(activation + ScaleAt);
        var parts = kind.ScalesPerGroup();
        for (var column = 0; column < StripColumns; column += Columns)
        {
            var sum = Vector256.Load(sums + column);
            for (var part = 0; part < parts; part++)
            {
                var steps = Steps / parts;
                var dot = Vector256.Create(CenterOf(kind, activation, part));
                for (var step = part * steps; step < (part + 1) * steps; step++)
                {
                    dot += Dot(Codes(kind, group, step, column), *(int*)(activation + (step * StepElements)));
                }

                var factors = Halves(group + (part * ScaleBytes), column) * scale;
                sum = Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(dot), factors, sum);
            }

            if (kind.HasOffsets())
            {
                var total = Vector256.Create(*(float*)(activation + SumAt));
                sum = Vector256.FusedMultiplyAdd(Halves(group + ScaleBytes, column), total, sum);
            }

            sum.Store(sums + column);
        }
    }

    private static int CenterOf(QuantizedKind kind, byte* activation, int part) =>
        kind switch
        {
            QuantizedKind.Bytes => *(int*)(activation + BytesCenterAt),
            QuantizedKind.Nibbles => *(int*)(activation + NibblesCenterAt),
            QuantizedKind.Fives => *(int*)(activation + FivesCenterAt),
            QuantizedKind.BytesBySixteen => ((int*)(activation + HalvesCenterAt))[part],
            QuantizedKind.SixesBySixteen => ((int*)(activation + HalvesCenterAt))[part] / 4,
            _ => 0,
        };

    /// <summary>Codes of four elements of eight columns, as bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Codes(QuantizedKind kind, byte* group, int step, int column)
    {
        var place = (step % (kind.HasNibbles() ? Steps / 2 : Steps) * StepBytes) + (column * StepElements);
        var bytes = Vector256.Load(group + kind.CodesAt() + place);
        if (!kind.HasNibbles())
        {
            return bytes;
        }

        var codes = step < Steps / 2 ? bytes & Vector256.Create((byte)0xF) : bytes >>> 4;
        return kind.Bits() switch
        {
            5 => codes + FifthBits(group + kind.HighBitsAt(), step, column),
            6 => codes + Pairs(group + kind.HighBitsAt(), step, column),
            _ => codes,
        };
    }

    // 16 in each byte whose fifth bit is set.
    private static Vector256<byte> FifthBits(byte* bits, int step, int column)
    {
        var word = *(uint*)(bits + (((step * StepBytes) + (column * StepElements)) / 8));
        var places = Vector256.Create(0x8040_2010_0804_0201).AsByte();
        var spread = Vector256
            .Create(
                0x0101_0101_0101_0101ul * (byte)word,
                0x0101_0101_0101_0101ul * (byte)(word >> 8),
                0x0101_0101_0101_0101ul * (byte)(word >> 16),
                0x0101_0101_0101_0101ul * (byte)(word >> 24)
            )
            .AsByte();
        return Vector256.Equals(spread & places, places) & Vector256.Create((byte)16);
    }

    // The higher two bits of each byte, in their place.
    private static Vector256<byte> Pairs(byte* bits, int step, int column)
    {
        const int half = Steps / 2;
        var pairs = Vector256.Load(bits + (step / half * StepBytes) + (column * StepElements));
        return ((pairs >>> (2 * (step % half))) & Vector256.Create((byte)3)) << 4;
    }

    // Sums of four products of unsigned codes and signed activations.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dot(Vector256<byte> codes, int four)
    {
        var activations = Vector128.WidenLower(Vector128.CreateScalar(four).AsSByte()).AsInt64().ToScalar();
        var factors = Vector256.Create(activations).AsInt16();
        var (low, high) = Vector256.Widen(codes);
        if (Avx2.IsSupported)
        {
            var pairs = Avx2.HorizontalAdd(
                Avx2.MultiplyAddAdjacent(low.AsInt16(), factors),
                Avx2.MultiplyAddAdjacent(high.AsInt16(), factors)
            );
            return Vector256.Shuffle(pairs, Vector256.Create(0, 1, 4, 5, 2, 3, 6, 7));
        }

        var sums = default(Vector256<int>);
        for (var lane = 0; lane < Columns; lane++)
        {
            var sum = 0;
            for (var i = 0; i < StepElements; i++)
            {
                sum += codes[(lane * StepElements) + i] * (sbyte)(four >> (8 * i));
            }

            sums = sums.WithElement(lane, sum);
        }

        return sums;
    }

    private static Vector256<float> Halves(byte* place, int column)
    {
        var halves = (Half*)place + column;
        return Vector256.Create(
            (float)halves[0],
            (float)halves[1],
            (float)halves[2],
            (float)halves[3],
            (float)halves[4],
            (float)halves[5],
            (float)halves[6],
            (float)halves[7]
        );
    }
}
