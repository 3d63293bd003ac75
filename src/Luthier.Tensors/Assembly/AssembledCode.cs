using System.Diagnostics;
using Iced.Intel;

namespace Luthier.Tensors.Assembly;

/// <summary>From assembler to function pointer.</summary>
internal static unsafe class AssembledCode
{
    /// <summary>Registers that a System V function must leave as they were, and that generators use.</summary>
    private static readonly AssemblerRegister64[] Saved =
    [
        AssemblerRegisters.rbx,
        AssemblerRegisters.rbp,
        AssemblerRegisters.r12,
        AssemblerRegisters.r13,
        AssemblerRegisters.r14,
        AssemblerRegisters.r15,
    ];

    /// <summary>
    /// Assembles a function of the System V calling convention around <paramref name="body"/>: all general registers
    /// but rsp are free to use, and the upper halves of vector registers are cleared on return.
    /// </summary>
    public static void* Build(Action<Assembler> body)
    {
        var assembler = new Assembler(64);
        foreach (var register in Saved)
        {
            assembler.push(register);
        }

        body(assembler);
        assembler.vzeroupper();
        for (var i = Saved.Length - 1; i >= 0; i--)
        {
            assembler.pop(Saved[i]);
        }

        assembler.ret();
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), rip: 0);
        var code = ExecutableMemory.TryLoad(stream.GetBuffer().AsSpan(0, (int)stream.Length));
        return code is not null ? code : throw new UnreachableException("no executable memory, after there was some");
    }

    public static AssemblerRegisterZMM Zmm(int index) => new(Register.ZMM0 + index);

    public static AssemblerRegisterXMM Xmm(int index) => new(Register.XMM0 + index);

    public static AssemblerRegisterYMM Ymm(int index) => new(Register.YMM0 + index);
}
