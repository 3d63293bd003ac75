using System.Runtime.Intrinsics.X86;

namespace Luthier.Tensors.Assembly;

/// <summary>An instruction-set path of the kernels; each includes what the smaller ones can do.</summary>
public enum Isa
{
    /// <summary>Plain loops: slow, and right on any machine.</summary>
    Scalar = 0,

    /// <summary>C# vectors of whatever width the runtime accelerates; also where code can't be assembled.</summary>
    Vector,

    /// <summary>Assembled kernels for AVX2, FMA and F16C.</summary>
    Avx2,

    /// <summary>Assembled kernels for AVX-512 (F, BW, DQ, VL).</summary>
    Avx512,

    /// <summary>As <see cref="Avx512"/>, with bfloat16 dot products.</summary>
    Avx512BFloat16,
}

/// <summary>What this machine can do.</summary>
public static class IsaDetection
{
    /// <summary>The largest instruction set that this CPU, its operating system and this process can use.</summary>
    public static Isa Best { get; } = Detect();

    /// <summary>Every path that can run here, smallest first.</summary>
    public static IReadOnlyList<Isa> Available { get; } = List();

    /// <summary>Whether AVX-512 paths may use dot products of bytes (VNNI).</summary>
    internal static bool HasByteDots { get; } =
        Best >= Isa.Avx512 && X86Base.X64.IsSupported && (X86Base.CpuId(7, 0).Ecx & (1 << 11)) != 0;

    /// <summary>The name used in options and logs: scalar, vector, avx2, avx512, avx512bf16.</summary>
    public static string Name(this Isa isa) =>
        isa switch
        {
            Isa.Scalar => "scalar",
            Isa.Vector => "vector",
            Isa.Avx2 => "avx2",
            Isa.Avx512 => "avx512",
            Isa.Avx512BFloat16 => "avx512bf16",
            _ => throw new ArgumentOutOfRangeException(nameof(isa), isa, "unknown instruction set"),
        };

    /// <summary>Finds an instruction set by its <see cref="Name"/>.</summary>
    /// <exception cref="ArgumentException">No such name, or this machine can't do it.</exception>
    public static Isa Parse(string name)
    {
        foreach (var isa in Enum.GetValues<Isa>())
        {
            if (string.Equals(isa.Name(), name, StringComparison.OrdinalIgnoreCase))
            {
                return Require(isa);
            }
        }

        throw new ArgumentException(
            $"unknown instruction set '{name}': expected scalar, vector, avx2, avx512 or avx512bf16"
        );
    }

    /// <summary>The given instruction set, if this machine can do it.</summary>
    /// <exception cref="ArgumentException">It can't.</exception>
    public static Isa Require(Isa isa) =>
        isa <= Best
            ? isa
            : throw new ArgumentException($"this machine can't run {isa.Name()} kernels: its best is {Best.Name()}");

    private static Isa Detect()
    {
        if (!ExecutableMemory.IsSupported || !X86Base.X64.IsSupported)
        {
            return Isa.Vector;
        }

        const int f16c = 1 << 29;
        if (!Avx2.IsSupported || !Fma.IsSupported || (X86Base.CpuId(1, 0).Ecx & f16c) == 0)
        {
            return Isa.Vector;
        }

        if (!Avx512F.IsSupported || !Avx512BW.IsSupported || !Avx512DQ.IsSupported || !Avx512F.VL.IsSupported)
        {
            return Isa.Avx2;
        }

        const int bfloat16 = 1 << 5;
        var hasSubleaf = X86Base.CpuId(7, 0).Eax >= 1;
        return hasSubleaf && (X86Base.CpuId(7, 1).Eax & bfloat16) != 0 ? Isa.Avx512BFloat16 : Isa.Avx512;
    }

    private static List<Isa> List()
    {
        var list = new List<Isa>();
        for (var isa = Isa.Scalar; isa <= Best; isa++)
        {
            list.Add(isa);
        }

        return list;
    }
}
