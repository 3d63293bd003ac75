using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Luthier.Tensors.Assembly;

/// <param name="Rows">Rows: the sums, a row of B and one element of A must fit in the registers.</param>
/// <param name="Vectors">Vectors in a row.</param>
/// <param name="Masked">Whether the last vector holds fewer columns than lanes, in B as in C.</param>
/// <param name="Pairs">Whether a step is a pair of bfloat16.</param>
/// <param name="Streamed">
/// Whether B comes from memory and is read once, so that it is fetched ahead of use, by PrefetchStride bytes.
/// </param>
internal readonly record struct TileShape(int Rows, int Vectors, bool Masked, bool Pairs, bool Streamed);

/// <summary>
/// Assembles register tiles: rows · vectors accumulators stay in registers while the steps run; each step loads a row
/// of B and broadcasts one element of each row of A. Here is the loop, in general registers; what touches vectors is
/// the derived classes'.
/// </summary>
internal abstract unsafe class TileGenerator
{
    private const int Unroll = 4;
    private const int RowsPerBase = 3;

    // Each base addresses three rows: itself, plus one and plus two row strides (in r9).
    private static readonly AssemblerRegister64[] Bases = [rax, rcx, rdx, rsi, r8];

    private readonly int registers;
    private Assembler? assembler;

    /// <param name="registers">Vector registers there are.</param>
    /// <param name="shape">What the tile is like.</param>
    protected TileGenerator(int registers, TileShape shape)
    {
        this.registers = registers;
        Shape = shape;
    }

    protected Assembler Code => assembler!;

    /// <summary>Bytes of a vector.</summary>
    protected abstract int VectorBytes { get; }

    /// <summary>What the tile is like.</summary>
    protected TileShape Shape { get; }

    private int Rows => Shape.Rows;

    private int Vectors => Shape.Vectors;

    private int BaseCount => (Rows + RowsPerBase - 1) / RowsPerBase;

    /// <returns>A function of one <see cref="TileArguments"/> pointer.</returns>
    public void* Build() =>
        AssembledCode.Build(code =>
        {
            assembler = code;
            Emit(code);
        });

    /// <summary>Makes the mask of the last vector from the number of its lanes in rcx; rax and rcx are free.</summary>
    protected abstract void LoadMask();

    protected abstract void Clear(int register);

    /// <summary>Loads a vector, of as many lanes as the mask has if it is masked.</summary>
    protected abstract void Load(int register, AssemblerMemoryOperand memory, bool masked);

    protected abstract void Store(AssemblerMemoryOperand memory, int register, bool masked);

    protected abstract void Broadcast(int register, AssemblerMemoryOperand element);

    /// <summary>sum += b · a, by lanes.</summary>
    protected abstract void MultiplyAdd(int sum, int b, int a);

    /// <summary>sum *= factor in float32, or sum = sum · factor + memory.</summary>
    protected abstract void Scale(int sum, int factor);

    /// <summary>sum = sum · factor + old, in float32.</summary>
    protected abstract void ScaleAdd(int sum, int factor, int old);

    private int Sum(int row, int vector) => (row * Vectors) + vector;

    private int B(int vector) => (Rows * Vectors) + vector;

    // Registers left over take the broadcasts in turn; the masked tile of AVX2 keeps its mask in the last.
    private int A(int row)
    {
        var first = (Rows + 1) * Vectors;
        return first + (row % Math.Clamp(registers - first, 1, 4));
    }

    private bool IsMasked(int vector) => Shape.Masked && vector == Vectors - 1;

    private void Emit(Assembler c)
    {
        c.mov(r9, Argument(nameof(TileArguments.ARowStride)));
        c.mov(r10, Argument(nameof(TileArguments.AStepStride)));
        c.mov(rbx, Argument(nameof(TileArguments.BStepStride)));
        c.mov(r12, Argument(nameof(TileArguments.C)));
        c.mov(r13, Argument(nameof(TileArguments.CRowStride)));
        c.mov(r14, Argument(nameof(TileArguments.Prefetch)));
        c.mov(r15, Argument(nameof(TileArguments.PrefetchStride)));
        if (Shape.Masked)
        {
            c.mov(rcx, Argument(nameof(TileArguments.LastLanes)));
            LoadMask();
        }

        var panel = c.CreateLabel();
        c.Label(ref panel);
        EmitStart(c);
        EmitSteps(c);
        EmitEnd(c);

        c.mov(rax, Argument(nameof(TileArguments.APanelStride)));
        c.add(Argument(nameof(TileArguments.A)), rax);
        c.add(r12, Argument(nameof(TileArguments.CPanelStride)));
        c.dec(Argument(nameof(TileArguments.Panels)));
        c.jnz(panel);
    }

    // Clears the sums and sets the row addresses.
    private void EmitStart(Assembler c)
    {
        for (var sum = 0; sum < Rows * Vectors; sum++)
        {
            Clear(sum);
        }

        c.mov(Bases[0], Argument(nameof(TileArguments.A)));
        for (var i = 1; i < BaseCount; i++)
        {
            c.lea(Bases[i], __[Bases[i - 1] + (r9 * 2)]);
            c.add(Bases[i], r9);
        }

        c.mov(r11, Argument(nameof(TileArguments.B)));
        c.mov(rbp, Argument(nameof(TileArguments.Steps)));
    }

    // 1. While the first steps run, the rows of C that the end will write are asked for, a row at a time, as all at
    // once would hold up the loads of A and B; the argument pointer is set aside for their address. 2. The other
    // steps. 3. What is left of an unrolled round.
    private void EmitSteps(Assembler c)
    {
        var few = c.CreateLabel();
        var rest = c.CreateLabel();
        var done = c.CreateLabel();
        c.cmp(rbp, Rows * Unroll);
        c.jl(few);

        // 1.
        c.push(rdi);
        c.mov(rdi, r12);
        c.sub(rbp, Rows * Unroll);
        c.push(rbp);
        c.mov(rbp, Rows);
        EmitUnrolled(
            c,
            () =>
            {
                EmitPrefetchOfC(c, rdi);
                c.add(rdi, r13);
                c.dec(rbp);
            },
            c.jnz
        );
        c.pop(rbp);
        c.pop(rdi);

        // 2.
        c.Label(ref few);
        c.sub(rbp, Unroll);
        c.jl(rest);
        EmitUnrolled(c, () => c.sub(rbp, Unroll), c.jge);

        // 3.
        c.Label(ref rest);
        c.add(rbp, Unroll);
        c.jz(done);
        var single = c.CreateLabel();
        c.Label(ref single);
        EmitStep(c);
        c.dec(rbp);
        c.jnz(single);
        c.Label(ref done);
        c.nop();
    }

    // Rounds of unrolled steps, each with a little of what the caller wants fetched, and its own count and condition.
    private void EmitUnrolled(Assembler c, Action count, Action<Label> repeat)
    {
        var round = c.CreateLabel();
        c.Label(ref round);
        for (var i = 0; i < Unroll; i++)
        {
            EmitStep(c);
            if (Shape.Streamed)
            {
                continue;
            }

            c.prefetcht1(__byte_ptr[r14 + (i % 2 * 64)]);
            if (i % 2 == 1)
            {
                c.add(r14, r15);
            }
        }

        count();
        repeat(round);
    }

    private void EmitPrefetchOfC(Assembler c, AssemblerRegister64 row)
    {
        for (var line = 0; line < Vectors * VectorBytes; line += 64)
        {
            c.prefetchw(__byte_ptr[row + line]);
        }
    }

    private void EmitStep(Assembler c)
    {
        for (var v = 0; v < Vectors; v++)
        {
            Load(B(v), __[r11 + (v * VectorBytes)], IsMasked(v));
        }

        for (var line = 0; Shape.Streamed && line < Vectors * VectorBytes; line += 64)
        {
            c.prefetcht0(__byte_ptr[r11 + r15 + line]);
        }

        for (var row = 0; row < Rows; row++)
        {
            var address = Bases[row / RowsPerBase];
            var scale = row % RowsPerBase;
            Broadcast(A(row), scale == 0 ? __dword_ptr[address] : __dword_ptr[address + (r9 * scale)]);
            for (var v = 0; v < Vectors; v++)
            {
                MultiplyAdd(Sum(row, v), B(v), A(row));
            }
        }

        c.add(r11, rbx);
        for (var i = 0; i < BaseCount; i++)
        {
            c.add(Bases[i], r10);
        }
    }

    private void EmitEnd(Assembler c)
    {
        var overwrite = c.CreateLabel();
        var done = c.CreateLabel();
        Broadcast(B(0), __dword_ptr[rdi + Offset(nameof(TileArguments.Alpha))]);
        c.mov(rax, r12);
        c.cmp(__dword_ptr[rdi + Offset(nameof(TileArguments.Accumulate))], 0);
        c.je(overwrite);
        EmitStores(c, accumulate: true);
        c.jmp(done);
        c.Label(ref overwrite);
        EmitStores(c, accumulate: false);
        c.Label(ref done);
        c.nop();
    }

    private void EmitStores(Assembler c, bool accumulate)
    {
        for (var row = 0; row < Rows; row++)
        {
            for (var v = 0; v < Vectors; v++)
            {
                var memory = __[rax + (v * VectorBytes)];
                if (accumulate)
                {
                    Load(A(0), memory, IsMasked(v));
                    ScaleAdd(Sum(row, v), B(0), A(0));
                }
                else
                {
                    Scale(Sum(row, v), B(0));
                }

                Store(memory, Sum(row, v), IsMasked(v));
            }

            if (row + 1 < Rows)
            {
                c.add(rax, r13);
            }
        }
    }

    private static AssemblerMemoryOperand Argument(string field) => __qword_ptr[rdi + Offset(field)];

    private static int Offset(string field) => (int)Marshal.OffsetOf<TileArguments>(field);
}
