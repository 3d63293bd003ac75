using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static Luthier.Tensors.Assembly.AssembledCode;
using static Luthier.Tensors.Assembly.QuantizedLayout;

namespace Luthier.Tensors.Assembly;

/// <summary>
/// Assembles tiles of up to six rows by a strip of 32 columns, with dot products of four unsigned codes and four signed
/// activations. A lane is a column. Integer sums of a group become float32 sums with the scales of both sides:
/// sum += dot · (weight scale · activation scale), then, with offsets, sum += offset · sum of activations; every
/// product and sum of that is rounded once as a fused multiply-add, in the same order whatever the number of rows.
/// </summary>
internal sealed unsafe class Avx512QuantizedTileGenerator(int rows, QuantizedKind kind)
{
    public const int MaxRows = 6;
    private const int Vectors = 2;
    private const int VectorBytes = 64;

    // Integer sums take the registers below, float sums those up to 24.
    private const int FirstSum = 12;
    private const int Weights = 24;
    private const int HighBits = 30;
    private const int Mask = 31;

    // Tiles of few rows wait for memory: what comes so many bytes later is asked for.
    private const int StreamedRows = 3;
    private const int PrefetchBytes = 4096;

    // Few rows leave registers for a second set of integer sums, which halves the wait for their dot products.
    private readonly int chains = rows <= FirstSum / (2 * Vectors) ? 2 : 1;

    // Registers for what is broadcast, in turn.
    private const int FirstBroadcast = 26;
    private readonly int broadcasts = kind.HasNibbles() ? 4 : 5;
    private int broadcast;

    /// <returns>A function of one <see cref="QuantizedTileArguments"/> pointer.</returns>
    public void* Build() => AssembledCode.Build(Emit);

    private static int Offset(string field) => (int)Marshal.OffsetOf<QuantizedTileArguments>(field);

    private static AssemblerMemoryOperand Argument(string field) => __qword_ptr[rdi + Offset(field)];

    private static int Sum(int row, int vector) => FirstSum + (row * Vectors) + vector;

    private int Dot(int chain, int row, int vector) => (((chain * rows) + row) * Vectors) + vector;

    private static AssemblerMemoryOperand Activation(int row, int place) =>
        __dword_ptr[rax + (row * ActivationBytes) + place];

    private void Emit(Assembler c)
    {
        // Registers from 16 on have only the EVEX encodings.
        c.PreferVex = false;
        c.mov(rax, Argument(nameof(QuantizedTileArguments.Activations)));
        c.mov(rcx, Argument(nameof(QuantizedTileArguments.Strip)));
        c.mov(r8, Argument(nameof(QuantizedTileArguments.Groups)));
        for (var row = 0; row < rows; row++)
        {
            for (var v = 0; v < Vectors; v++)
            {
                c.vpxord(Zmm(Sum(row, v)), Zmm(Sum(row, v)), Zmm(Sum(row, v)));
            }
        }

        if (kind.HasNibbles())
        {
            c.mov(r10d, 0x0F0F0F0F);
            c.vpbroadcastd(Zmm(Mask), r10d);
            c.mov(r10d, kind.Bits() == 5 ? 0x10101010 : 0x30303030);
            c.vpbroadcastd(Zmm(HighBits), r10d);
        }

        var loop = c.CreateLabel();
        c.Label(ref loop);
        EmitGroup(c);
        c.add(rax, rows * ActivationBytes);
        c.add(rcx, kind.GroupBytes());
        c.dec(r8);
        c.jnz(loop);
        EmitStores(c);
    }

    private void EmitGroup(Assembler c)
    {
        for (var line = 0; rows <= StreamedRows && line < kind.GroupBytes(); line += VectorBytes)
        {
            c.prefetcht0(__byte_ptr[rcx + PrefetchBytes + line]);
        }

        var parts = kind.ScalesPerGroup();
        for (var part = 0; part < parts; part++)
        {
            EmitStart(c, part);
            var steps = Steps / parts;
            for (var step = part * steps; step < (part + 1) * steps; step++)
            {
                EmitStep(c, step);
            }

            EmitScales(c, part);
        }

        if (kind.HasOffsets())
        {
            LoadScales(c, ScaleBytes);
            for (var row = 0; row < rows; row++)
            {
                var sum = Broadcast(c, Activation(row, SumAt));
                for (var v = 0; v < Vectors; v++)
                {
                    c.vfmadd231ps(Zmm(Sum(row, v)), Zmm(Weights + v), Zmm(sum));
                }
            }
        }
    }

    // Integer sums begin with what takes the center out of the codes.
    private void EmitStart(Assembler c, int part)
    {
        var center = kind switch
        {
            QuantizedKind.Bytes => BytesCenterAt,
            QuantizedKind.Nibbles => NibblesCenterAt,
            QuantizedKind.Fives => FivesCenterAt,
            QuantizedKind.BytesBySixteen or QuantizedKind.SixesBySixteen => HalvesCenterAt + (part * sizeof(int)),
            _ => 0,
        };
        for (var row = 0; row < rows; row++)
        {
            for (var v = 0; v < Vectors; v++)
            {
                var first = Zmm(Dot(0, row, v));
                if (center == 0)
                {
                    c.vpxord(first, first, first);
                }
                else
                {
                    c.vpbroadcastd(first, Activation(row, center));
                }

                if (kind == QuantizedKind.SixesBySixteen)
                {
                    // A quarter of the center of bytes.
                    c.vpsrad(first, first, 2);
                }

                if (chains > 1)
                {
                    var second = Zmm(Dot(1, row, v));
                    c.vpxord(second, second, second);
                }
            }
        }
    }

    private void EmitStep(Assembler c, int step)
    {
        for (var v = 0; v < Vectors; v++)
        {
            EmitCodes(c, step, v);
        }

        var chain = chains > 1 ? step % 2 : 0;
        for (var row = 0; row < rows; row++)
        {
            var four = Broadcast(c, Activation(row, step * StepElements));
            for (var v = 0; v < Vectors; v++)
            {
                c.vpdpbusd(Zmm(Dot(chain, row, v)), Zmm(Weights + v), Zmm(four));
            }
        }
    }

    // Codes of a step and of sixteen columns, as bytes.
    private void EmitCodes(Assembler c, int step, int vector)
    {
        const int half = Steps / 2;
        var codes = Zmm(Weights + vector);
        var place = kind.CodesAt() + (vector * VectorBytes);
        if (!kind.HasNibbles())
        {
            c.vmovdqu64(codes, __[rcx + place + (step * StepBytes)]);
            return;
        }

        if (step < half)
        {
            c.vpandd(codes, Zmm(Mask), __[rcx + place + (step * StepBytes)]);
        }
        else
        {
            c.vpsrlw(codes, __[rcx + place + ((step - half) * StepBytes)], 4);
            c.vpandd(codes, codes, Zmm(Mask));
        }

        if (kind.Bits() == 5)
        {
            c.kmovq(k3, __qword_ptr[rcx + kind.HighBitsAt() + (((step * Vectors) + vector) * sizeof(ulong))]);
            c.vpaddb(codes.k3, codes, Zmm(HighBits));
        }
        else if (kind.Bits() == 6)
        {
            EmitPairs(c, step, vector);
        }
    }

    // The pair of bits of each code comes to stand above its low four.
    private void EmitPairs(Assembler c, int step, int vector)
    {
        const int half = Steps / 2;
        var memory = __[rcx + kind.HighBitsAt() + (((step / half * Vectors) + vector) * VectorBytes)];
        var pairs = Zmm(NextBroadcast());
        var shift = 4 - (2 * (step % half));
        if (shift > 0)
        {
            c.vpsllw(pairs, memory, (byte)shift);
        }
        else if (shift < 0)
        {
            c.vpsrlw(pairs, memory, (byte)-shift);
        }
        else
        {
            c.vmovdqu64(pairs, memory);
        }

        // codes | (pairs & mask).
        c.vpternlogd(Zmm(Weights + vector), pairs, Zmm(HighBits), 0xF8);
    }

    private void EmitScales(Assembler c, int part)
    {
        LoadScales(c, part * ScaleBytes);
        for (var row = 0; row < rows; row++)
        {
            for (var v = 0; v < Vectors; v++)
            {
                var dot = Zmm(Dot(0, row, v));
                if (chains > 1)
                {
                    c.vpaddd(dot, dot, Zmm(Dot(1, row, v)));
                }

                c.vcvtdq2ps(dot, dot);
                var scale = NextBroadcast();
                c.vmulps(Zmm(scale), Zmm(Weights + v), __dword_bcst[rax + (row * ActivationBytes) + ScaleAt]);
                c.vfmadd231ps(Zmm(Sum(row, v)), dot, Zmm(scale));
            }
        }
    }

    private static void LoadScales(Assembler c, int place)
    {
        for (var v = 0; v < Vectors; v++)
        {
            c.vcvtph2ps(Zmm(Weights + v), __ymmword_ptr[rcx + place + (v * VectorBytes / 2)]);
        }
    }

    private void EmitStores(Assembler c)
    {
        c.mov(rdx, Argument(nameof(QuantizedTileArguments.C)));
        c.mov(rsi, Argument(nameof(QuantizedTileArguments.CRowStride)));
        c.mov(r9, Argument(nameof(QuantizedTileArguments.Columns)));
        c.kmovd(k1, r9d);
        c.shr(r9, 16);
        c.kmovd(k2, r9d);
        for (var row = 0; row < rows; row++)
        {
            c.vmovups(__[rdx].k1, Zmm(Sum(row, 0)));
            c.vmovups(__[rdx + VectorBytes].k2, Zmm(Sum(row, 1)));
            c.add(rdx, rsi);
        }
    }

    private int Broadcast(Assembler c, AssemblerMemoryOperand element)
    {
        var register = NextBroadcast();
        c.vpbroadcastd(Zmm(register), element);
        return register;
    }

    private int NextBroadcast() => FirstBroadcast + (broadcast++ % broadcasts);
}
