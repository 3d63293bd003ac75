using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static Luthier.Tensors.Assembly.AssembledCode;

namespace Luthier.Tensors.Assembly;

/// <summary>Tiles of 16-lane vectors; a step is one float32 or a pair of bfloat16. k1 is the mask.</summary>
internal sealed class Avx512TileGenerator(TileShape shape) : TileGenerator(registers: 32, shape)
{
    protected override int VectorBytes => 64;

    protected override void LoadMask()
    {
        Code.mov(eax, 1);
        Code.shl(eax, cl);
        Code.dec(eax);
        Code.kmovd(k1, eax);
    }

    protected override void Clear(int register) => Code.vpxord(Zmm(register), Zmm(register), Zmm(register));

    protected override void Load(int register, AssemblerMemoryOperand memory, bool masked) =>
        Code.vmovups(masked ? Zmm(register).k1.z : Zmm(register), memory);

    protected override void Store(AssemblerMemoryOperand memory, int register, bool masked) =>
        Code.vmovups(masked ? memory.k1 : memory, Zmm(register));

    protected override void Broadcast(int register, AssemblerMemoryOperand element) =>
        Code.vbroadcastss(Zmm(register), element);

    protected override void MultiplyAdd(int sum, int b, int a)
    {
        if (Shape.Pairs)
        {
            Code.vdpbf16ps(Zmm(sum), Zmm(b), Zmm(a));
        }
        else
        {
            Code.vfmadd231ps(Zmm(sum), Zmm(b), Zmm(a));
        }
    }

    protected override void Scale(int sum, int factor) => Code.vmulps(Zmm(sum), Zmm(sum), Zmm(factor));

    protected override void ScaleAdd(int sum, int factor, int old) => Code.vfmadd213ps(Zmm(sum), Zmm(factor), Zmm(old));
}
