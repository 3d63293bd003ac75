using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static Luthier.Tensors.Assembly.AssembledCode;
using SystemMemory = System.Runtime.InteropServices.NativeMemory;

namespace Luthier.Tensors.Assembly;

/// <summary>
/// Assembles what brings operands into the order and type that tiles read. A unit is what a step takes of one row or
/// column: a float32, or a pair of bfloat16 that follow each other along k.
/// </summary>
internal static unsafe class Avx512PackGenerator
{
    /// <summary>Units and rows of one transposed block.</summary>
    public const int Block = 16;

    // Words 0, 16, 1, 17, …: interleaves the halves of a register.
    private static readonly ushort* Interleaved = MakeInterleaved();

    /// <summary>
    /// (source, source stride, target, target stride, blocks): sixteen rows of contiguous units become columns. Each
    /// block reads sixteen units of each row and writes sixteen vectors, a target stride apart.
    /// </summary>
    public static delegate* unmanaged<byte*, long, byte*, long, long, void> BuildTranspose(DType type, bool pairs) =>
        (delegate* unmanaged<byte*, long, byte*, long, long, void>)
            AssembledCode.Build(c =>
            {
                AssemblerRegister64[] bases = [rdi, r9, r10, r11, rax, rbx];
                for (var i = 1; i < bases.Length; i++)
                {
                    c.lea(bases[i], __[bases[i - 1] + (rsi * 2)]);
                    c.add(bases[i], rsi);
                }

                var loop = c.CreateLabel();
                c.Label(ref loop);
                for (var row = 0; row < Block; row++)
                {
                    var address = bases[row / 3];
                    var scale = row % 3;
                    LoadUnits(c, row, scale == 0 ? address + 0 : address + (rsi * scale), type, pairs);
                }

                EmitTranspose(c);
                for (var unit = 0; unit < Block; unit++)
                {
                    c.vmovups(__zmmword_ptr[rdx], Zmm(unit));
                    c.add(rdx, rcx);
                }

                foreach (var address in bases)
                {
                    c.add(address, Block * type.Size() * (pairs ? 2 : 1));
                }

                c.dec(r8);
                c.jnz(loop);
            });

    /// <summary>
    /// (source, source stride, target, target stride, steps, lanes of the last vector): rows along k of contiguous
    /// lanes are copied, or woven together two by two into pairs. Lanes past the last become zero.
    /// </summary>
    public static delegate* unmanaged<byte*, long, byte*, long, long, long, void> BuildInterleave(
        DType type,
        bool pairs,
        int vectors
    ) =>
        (delegate* unmanaged<byte*, long, byte*, long, long, long, void>)
            AssembledCode.Build(c =>
            {
                c.mov(r10, rcx);
                c.mov(rcx, r9);
                SetMask(c);
                if (pairs)
                {
                    c.mov(rax, (long)Interleaved);
                    c.vmovups(zmm31, __zmmword_ptr[rax]);
                }

                var loop = c.CreateLabel();
                c.Label(ref loop);
                for (var v = 0; v < vectors; v++)
                {
                    LoadStep(c, v, type, pairs, masked: v == vectors - 1);
                    c.vmovups(__zmmword_ptr[rdx + (v * 64)], Zmm(v));
                }

                c.add(rdx, r10);
                c.add(rdi, rsi);
                if (pairs)
                {
                    c.add(rdi, rsi);
                }

                c.dec(r8);
                c.jnz(loop);
            });

    /// <summary>(source, target, count): converts a row of elements to float32 or bfloat16.</summary>
    public static delegate* unmanaged<byte*, byte*, long, void> BuildConvert(DType type, bool toBFloat16) =>
        (delegate* unmanaged<byte*, byte*, long, void>)
            AssembledCode.Build(c =>
            {
                var tail = c.CreateLabel();
                var loop = c.CreateLabel();
                var done = c.CreateLabel();
                c.sub(rdx, Block);
                c.jl(tail);
                c.Label(ref loop);
                EmitConvert(c, type, toBFloat16, masked: false);
                c.add(rdi, Block * type.Size());
                c.add(rsi, Block * (toBFloat16 ? 2 : 4));
                c.sub(rdx, Block);
                c.jge(loop);
                c.Label(ref tail);
                c.add(rdx, Block);
                c.jz(done);
                c.mov(rcx, rdx);
                SetMask(c);
                EmitConvert(c, type, toBFloat16, masked: true);
                c.Label(ref done);
                c.nop();
            });

    private static void EmitConvert(Assembler c, DType type, bool toBFloat16, bool masked)
    {
        LoadFloats(c, 0, rdi + 0, type, masked);
        if (toBFloat16)
        {
            c.vcvtneps2bf16(ymm0, zmm0);
            if (masked)
            {
                c.vmovdqu16(__ymmword_ptr[rsi].k1, ymm0);
            }
            else
            {
                c.vmovdqu16(__ymmword_ptr[rsi], ymm0);
            }
        }
        else
        {
            c.vmovups(masked ? __zmmword_ptr[rsi].k1 : __zmmword_ptr[rsi], zmm0);
        }
    }

    /// <summary>Mask k1 of as many lanes as rcx says; rax is lost.</summary>
    public static void SetMask(Assembler c)
    {
        c.mov(eax, 1);
        c.shl(eax, cl);
        c.dec(eax);
        c.kmovd(k1, eax);
    }

    /// <summary>Sixteen elements as float32; those that k1 masks out become zero and are not read.</summary>
    public static void LoadFloats(Assembler c, int register, AssemblerMemoryOperand source, DType type, bool masked)
    {
        var target = masked ? Zmm(register).k1.z : Zmm(register);
        switch (type)
        {
            case DType.Float32:
                c.vmovups(target, source);
                break;
            case DType.BFloat16:
                c.vpmovzxwd(target, source);
                c.vpslld(Zmm(register), Zmm(register), 16);
                break;
            default:
                c.vcvtph2ps(target, source);
                break;
        }
    }

    // Sixteen units that follow each other in memory.
    private static void LoadUnits(Assembler c, int register, AssemblerMemoryOperand source, DType type, bool pairs)
    {
        if (!pairs)
        {
            LoadFloats(c, register, source, type, masked: false);
        }
        else if (type == DType.BFloat16)
        {
            c.vmovups(Zmm(register), source);
        }
        else
        {
            LoadFloats(c, 30, source, type, masked: false);
            LoadFloats(c, 31, source + (Block * type.Size()), type, masked: false);
            c.vcvtne2ps2bf16(Zmm(register), zmm31, zmm30);
        }
    }

    // One vector of a step from the row at rdi, and for pairs the next row, rsi further.
    private static void LoadStep(Assembler c, int vector, DType type, bool pairs, bool masked)
    {
        var offset = vector * Block * type.Size();
        if (!pairs)
        {
            LoadFloats(c, vector, rdi + offset, type, masked);
            return;
        }

        LoadFloats(c, 29, rdi + offset, type, masked);
        LoadFloats(c, 30, rdi + rsi + offset, type, masked);
        c.vcvtne2ps2bf16(Zmm(vector), zmm30, zmm29);
        c.vpermw(Zmm(vector), zmm31, Zmm(vector));
    }

    // Rows in registers 0..15 become columns in the same registers; the others are lost.
    private static void EmitTranspose(Assembler c)
    {
        for (var i = 0; i < Block; i += 2)
        {
            c.vunpcklps(Zmm(16 + i), Zmm(i), Zmm(i + 1));
            c.vunpckhps(Zmm(17 + i), Zmm(i), Zmm(i + 1));
        }

        for (var i = 0; i < Block; i += 4)
        {
            c.vunpcklpd(Zmm(i), Zmm(16 + i), Zmm(18 + i));
            c.vunpckhpd(Zmm(i + 1), Zmm(16 + i), Zmm(18 + i));
            c.vunpcklpd(Zmm(i + 2), Zmm(17 + i), Zmm(19 + i));
            c.vunpckhpd(Zmm(i + 3), Zmm(17 + i), Zmm(19 + i));
        }

        const byte even = 0x88;
        const byte odd = 0xDD;
        for (var i = 0; i < Block; i += 8)
        {
            for (var j = 0; j < 4; j++)
            {
                c.vshuff32x4(Zmm(16 + i + j), Zmm(i + j), Zmm(i + j + 4), even);
                c.vshuff32x4(Zmm(20 + i + j), Zmm(i + j), Zmm(i + j + 4), odd);
            }
        }

        for (var j = 0; j < 8; j++)
        {
            c.vshuff32x4(Zmm(j), Zmm(16 + j), Zmm(24 + j), even);
            c.vshuff32x4(Zmm(8 + j), Zmm(16 + j), Zmm(24 + j), odd);
        }
    }

    private static ushort* MakeInterleaved()
    {
        var words = (ushort*)SystemMemory.AlignedAlloc(64, 64);
        for (var i = 0; i < 16; i++)
        {
            words[2 * i] = (ushort)i;
            words[(2 * i) + 1] = (ushort)(i + 16);
        }

        return words;
    }
}
