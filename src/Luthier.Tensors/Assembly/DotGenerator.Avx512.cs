using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static Luthier.Tensors.Assembly.AssembledCode;

namespace Luthier.Tensors.Assembly;

/// <summary>
/// What a dot kernel works on: the dot product of each of some long rows with each of a few others, once for each of
/// <see cref="Groups"/> groups of its long rows. C = Alpha · sum, or C += … when accumulating. Strides in bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DotArguments
{
    public byte* Long;
    public long LongStride;

    /// <summary>float32.</summary>
    public byte* Few;
    public long FewStride;

    /// <summary>Elements of a row, one or more.</summary>
    public long Length;
    public byte* C;
    public long CLongStride;
    public long CFewStride;

    /// <summary>One or more; assembled kernels count it down to zero.</summary>
    public long Groups;
    public float Alpha;
    public int Accumulate;
}

/// <summary>
/// Assembles dot products of rows that lie along k: sixteen partial sums a product, which stay in a register of their
/// own while k runs and are added up at the end. Reads each long row once, at the speed of memory.
/// </summary>
internal static unsafe class Avx512DotGenerator
{
    private const int Lanes = 16;
    private const int PrefetchBytes = 1024;

    // Sums take the registers below.
    private const int Left = 24;
    private const int Right = 28;
    private const int Spare = 29;

    private static readonly AssemblerRegister64[] LongRows = [r8, r9, r10, r11];

    // Each base addresses three rows: itself, plus one and plus two strides (in rsi).
    private static readonly AssemblerRegister64[] FewBases = [rax, rcx, rdx];

    /// <summary>Long rows that are multiplied at once with so many others, to have sums enough in flight.</summary>
    public static int LongRowsFor(int few) => few > 6 ? 3 : 4;

    /// <returns>A function of one <see cref="DotArguments"/> pointer.</returns>
    public static void* Build(int longRows, int few, DType type) =>
        AssembledCode.Build(c =>
        {
            // Registers from 16 on have only the EVEX encodings.
            c.PreferVex = false;
            c.mov(rsi, Argument(nameof(DotArguments.FewStride)));
            var group = c.CreateLabel();
            c.Label(ref group);
            EmitStart(c, longRows, few);
            EmitProducts(c, longRows, few, type);
            EmitEnd(c, longRows, few);
            c.dec(Argument(nameof(DotArguments.Groups)));
            c.jnz(group);
        });

    private static void EmitStart(Assembler c, int longRows, int few)
    {
        c.mov(rbx, Argument(nameof(DotArguments.LongStride)));
        c.mov(LongRows[0], Argument(nameof(DotArguments.Long)));
        for (var row = 1; row < longRows; row++)
        {
            c.lea(LongRows[row], __[LongRows[row - 1] + rbx]);
        }

        c.imul(rbx, rbx, longRows);
        c.add(Argument(nameof(DotArguments.Long)), rbx);
        c.mov(FewBases[0], Argument(nameof(DotArguments.Few)));
        for (var i = 1; i < FewBases.Length; i++)
        {
            c.lea(FewBases[i], __[FewBases[i - 1] + (rsi * 2)]);
            c.add(FewBases[i], rsi);
        }

        for (var sum = 0; sum < longRows * few; sum++)
        {
            c.vpxord(Zmm(sum), Zmm(sum), Zmm(sum));
        }

        c.mov(rbp, Argument(nameof(DotArguments.Length)));
    }

    private static void EmitProducts(Assembler c, int longRows, int few, DType type)
    {
        var tail = c.CreateLabel();
        var loop = c.CreateLabel();
        var done = c.CreateLabel();
        c.sub(rbp, Lanes);
        c.jl(tail);
        c.Label(ref loop);
        EmitVector(c, longRows, few, type, masked: false);
        for (var row = 0; row < longRows; row++)
        {
            c.prefetcht0(__byte_ptr[LongRows[row] + PrefetchBytes]);
            c.add(LongRows[row], Lanes * type.Size());
        }

        foreach (var address in FewBases)
        {
            c.add(address, Lanes * sizeof(float));
        }

        c.sub(rbp, Lanes);
        c.jge(loop);
        c.Label(ref tail);
        c.add(rbp, Lanes);
        c.jz(done);
        c.mov(r12, rcx);
        c.mov(r13, rax);
        c.mov(rcx, rbp);
        Avx512PackGenerator.SetMask(c);
        c.mov(rcx, r12);
        c.mov(rax, r13);
        EmitVector(c, longRows, few, type, masked: true);
        c.Label(ref done);
        c.nop();
    }

    private static void EmitVector(Assembler c, int longRows, int few, DType type, bool masked)
    {
        for (var row = 0; row < longRows; row++)
        {
            Avx512PackGenerator.LoadFloats(c, Left + row, LongRows[row] + 0, type, masked);
        }

        for (var i = 0; i < few; i++)
        {
            var address = FewBases[i / 3];
            var memory = i % 3 == 0 ? address + 0 : address + (rsi * (i % 3));
            c.vmovups(masked ? Zmm(Right).k1.z : Zmm(Right), memory);
            for (var row = 0; row < longRows; row++)
            {
                c.vfmadd231ps(Zmm((row * few) + i), Zmm(Left + row), Zmm(Right));
            }
        }
    }

    // Adds up the lanes of each sum, in the same order for all, and stores it.
    private static void EmitEnd(Assembler c, int longRows, int few)
    {
        var overwrite = c.CreateLabel();
        var done = c.CreateLabel();
        c.vmovss(Xmm(Right), __dword_ptr[rdi + Offset(nameof(DotArguments.Alpha))]);
        c.mov(r12, Argument(nameof(DotArguments.C)));
        c.mov(r13, Argument(nameof(DotArguments.CFewStride)));
        c.mov(r14, Argument(nameof(DotArguments.CLongStride)));
        for (var sum = 0; sum < longRows * few; sum++)
        {
            c.vextractf64x4(Ymm(Spare), Zmm(sum), 1);
            c.vaddps(Ymm(sum), Ymm(sum), Ymm(Spare));
            c.vextractf32x4(Xmm(Spare), Ymm(sum), 1);
            c.vaddps(Xmm(sum), Xmm(sum), Xmm(Spare));
            c.vpermilpd(Xmm(Spare), Xmm(sum), 1);
            c.vaddps(Xmm(sum), Xmm(sum), Xmm(Spare));
            c.vmovshdup(Xmm(Spare), Xmm(sum));
            c.vaddss(Xmm(sum), Xmm(sum), Xmm(Spare));
        }

        c.cmp(__dword_ptr[rdi + Offset(nameof(DotArguments.Accumulate))], 0);
        c.je(overwrite);
        EmitStores(c, longRows, few, accumulate: true);
        c.jmp(done);
        c.Label(ref overwrite);
        EmitStores(c, longRows, few, accumulate: false);
        c.Label(ref done);
        c.mov(Argument(nameof(DotArguments.C)), r12);
    }

    private static void EmitStores(Assembler c, int longRows, int few, bool accumulate)
    {
        for (var row = 0; row < longRows; row++)
        {
            c.mov(r15, r12);
            for (var i = 0; i < few; i++)
            {
                var sum = Xmm((row * few) + i);
                if (accumulate)
                {
                    c.vfmadd213ss(sum, Xmm(Right), __dword_ptr[r15]);
                }
                else
                {
                    c.vmulss(sum, sum, Xmm(Right));
                }

                c.vmovss(__dword_ptr[r15], sum);
                c.add(r15, r13);
            }

            c.add(r12, r14);
        }
    }

    private static AssemblerMemoryOperand Argument(string field) => __qword_ptr[rdi + Offset(field)];

    private static int Offset(string field) => (int)Marshal.OffsetOf<DotArguments>(field);
}
