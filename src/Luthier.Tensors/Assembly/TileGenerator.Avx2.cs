using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static Luthier.Tensors.Assembly.AssembledCode;
using SystemMemory = System.Runtime.InteropServices.NativeMemory;

namespace Luthier.Tensors.Assembly;

/// <summary>Tiles of 8-lane vectors; the last register holds the mask of a masked tile.</summary>
internal sealed unsafe class Avx2TileGenerator(TileShape shape)
    : TileGenerator(registers: shape.Masked ? MaskRegister : MaskRegister + 1, shape)
{
    private const int MaskRegister = 15;
    private const int Lanes = 8;

    // Eight lanes that are kept, then eight that are not: a load in between gives any mask.
    private static readonly int* Masks = MakeMasks();

    protected override int VectorBytes => 32;

    protected override void LoadMask()
    {
        Code.neg(rcx);
        Code.mov(rax, (long)(Masks + Lanes));
        Code.vmovups(Ymm(MaskRegister), __ymmword_ptr[rax + (rcx * 4)]);
    }

    protected override void Clear(int register) => Code.vxorps(Ymm(register), Ymm(register), Ymm(register));

    protected override void Load(int register, AssemblerMemoryOperand memory, bool masked)
    {
        if (masked)
        {
            Code.vmaskmovps(Ymm(register), Ymm(MaskRegister), memory);
        }
        else
        {
            Code.vmovups(Ymm(register), memory);
        }
    }

    protected override void Store(AssemblerMemoryOperand memory, int register, bool masked)
    {
        if (masked)
        {
            Code.vmaskmovps(memory, Ymm(MaskRegister), Ymm(register));
        }
        else
        {
            Code.vmovups(memory, Ymm(register));
        }
    }

    protected override void Broadcast(int register, AssemblerMemoryOperand element) =>
        Code.vbroadcastss(Ymm(register), element);

    protected override void MultiplyAdd(int sum, int b, int a) => Code.vfmadd231ps(Ymm(sum), Ymm(b), Ymm(a));

    protected override void Scale(int sum, int factor) => Code.vmulps(Ymm(sum), Ymm(sum), Ymm(factor));

    protected override void ScaleAdd(int sum, int factor, int old) => Code.vfmadd213ps(Ymm(sum), Ymm(factor), Ymm(old));

    private static int* MakeMasks()
    {
        var masks = (int*)SystemMemory.AlignedAlloc(2 * Lanes * sizeof(int), 64);
        new Span<int>(masks, Lanes).Fill(-1);
        new Span<int>(masks + Lanes, Lanes).Clear();
        return masks;
    }
}
