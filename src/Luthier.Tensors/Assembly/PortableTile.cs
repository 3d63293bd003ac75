using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Assembly;

/// <summary>Tiles in C#, with the contract of the assembled ones: see <see cref="TileArguments"/>.</summary>
internal static unsafe class PortableTile
{
    public const int Rows = 4;
    public const int Columns = 16;

    /// <summary>One element after another.</summary>
    public static void Scalar(TileArguments* t, int rows, int columns)
    {
        for (var panel = 0; panel < t->Panels; panel++)
        {
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < columns; column++)
                {
                    var a = t->A + (panel * t->APanelStride) + (row * t->ARowStride);
                    var b = t->B + (column * sizeof(float));
                    var sum = 0f;
                    for (var step = 0L; step < t->Steps; step++)
                    {
                        sum = MathF.FusedMultiplyAdd(*(float*)a, *(float*)b, sum);
                        a += t->AStepStride;
                        b += t->BStepStride;
                    }

                    Finish(t, panel, row, column, sum);
                }
            }
        }
    }

    /// <summary>Four rows of two 8-lane vectors; rows that a smaller tile lacks repeat the first and are not stored.</summary>
    public static void Vector(TileArguments* t, int rows, int columns)
    {
        var sums = stackalloc float[Rows * Columns];
        var edge = stackalloc float[Columns];
        for (var panel = 0; panel < t->Panels; panel++)
        {
            Sum(t, t->A + (panel * t->APanelStride), rows, columns, sums, edge);
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < columns; column++)
                {
                    Finish(t, panel, row, column, sums[(row * Columns) + column]);
                }
            }
        }
    }

    private static void Sum(TileArguments* t, byte* a, int rows, int columns, float* sums, float* edge)
    {
        var a0 = a;
        var a1 = rows > 1 ? a + t->ARowStride : a;
        var a2 = rows > 2 ? a + (2 * t->ARowStride) : a;
        var a3 = rows > 3 ? a + (3 * t->ARowStride) : a;
        var b = t->B;
        Vector256<float> s00 = default,
            s01 = default,
            s10 = default,
            s11 = default;
        Vector256<float> s20 = default,
            s21 = default,
            s30 = default,
            s31 = default;
        var offset = 0L;
        for (var step = 0L; step < t->Steps; step++)
        {
            var row = (float*)b;
            if (columns < Columns)
            {
                Unsafe.CopyBlockUnaligned(edge, b, (uint)(columns * sizeof(float)));
                row = edge;
            }

            var b0 = Vector256.Load(row);
            var b1 = Vector256.Load(row + 8);
            var x = Vector256.Create(*(float*)(a0 + offset));
            s00 = Vector256.FusedMultiplyAdd(x, b0, s00);
            s01 = Vector256.FusedMultiplyAdd(x, b1, s01);
            x = Vector256.Create(*(float*)(a1 + offset));
            s10 = Vector256.FusedMultiplyAdd(x, b0, s10);
            s11 = Vector256.FusedMultiplyAdd(x, b1, s11);
            x = Vector256.Create(*(float*)(a2 + offset));
            s20 = Vector256.FusedMultiplyAdd(x, b0, s20);
            s21 = Vector256.FusedMultiplyAdd(x, b1, s21);
            x = Vector256.Create(*(float*)(a3 + offset));
            s30 = Vector256.FusedMultiplyAdd(x, b0, s30);
            s31 = Vector256.FusedMultiplyAdd(x, b1, s31);
            offset += t->AStepStride;
            b += t->BStepStride;
        }

        s00.Store(sums);
        s01.Store(sums + 8);
        s10.Store(sums + 16);
        s11.Store(sums + 24);
        s20.Store(sums + 32);
        s21.Store(sums + 40);
        s30.Store(sums + 48);
        s31.Store(sums + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(TileArguments* t, int panel, int row, int column, float sum)
    {
        var c = (float*)(t->C + (panel * t->CPanelStride) + (row * t->CRowStride)) + column;
        *c = t->Accumulate != 0 ? MathF.FusedMultiplyAdd(sum, t->Alpha, *c) : sum * t->Alpha;
    }
}
