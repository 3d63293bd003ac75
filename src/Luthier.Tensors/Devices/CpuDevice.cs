using Luthier.Tensors.Assembly;
using Luthier.Tensors.Matrices;
using Luthier.Tensors.Memory;
using Luthier.Tensors.Threading;

namespace Luthier.Tensors.Devices;

/// <summary>The processor: a team of threads, and kernels for one instruction set.</summary>
/// <remarks>
/// Kernels hold raw pointers, which the garbage collector does not see: each operation ends by keeping its tensors
/// alive, so that one with memory of its own can't be freed under a kernel that is still reading it.
/// </remarks>
public sealed partial class CpuDevice : Device
{
    private readonly Scratch scratch = new();
    private readonly Scratch partial = new();
    private readonly Scratch converted = new();
    private readonly Scratch convertedBias = new();
    private readonly Scratch dequantized = new();
    private bool disposed;

    /// <param name="threads">Threads that compute, the caller included; 0 takes all cores.</param>
    /// <param name="isa">Forces an instruction set; null takes the best of this machine.</param>
    /// <exception cref="ArgumentException">This machine can't do the instruction set.</exception>
    public CpuDevice(int threads = 0, Isa? isa = null)
    {
        Isa = isa is { } forced ? IsaDetection.Require(forced) : IsaDetection.Best;
        Team = new ThreadTeam(threads);
        Matrices = new MatrixMultiplier(Isa, Team);
        quantizedProduct = new QuantizedProduct(MatrixKernels.For(Isa), Team);
        packedWeights = new PackedWeightCache(Matrices) { BudgetBytes = DefaultPackedWeightBudget };
    }

    /// <summary>The device for an instruction set: the references where that is <see cref="Isa.Scalar"/>.</summary>
    /// <param name="threads">Threads that compute, the caller included; 0 takes all cores.</param>
    /// <param name="isa">Forces an instruction set; null takes the best of this machine.</param>
    /// <exception cref="ArgumentException">This machine can't do the instruction set.</exception>
    public static Device Create(int threads = 0, Isa? isa = null) =>
        isa == Assembly.Isa.Scalar ? new ReferenceDevice() : new CpuDevice(threads, isa);

    /// <summary>The instruction set that the kernels use.</summary>
    public Isa Isa { get; }

    /// <summary>The threads that share the work of every operation.</summary>
    public ThreadTeam Team { get; }

    /// <summary>Matrix products on pointers.</summary>
    public MatrixMultiplier Matrices { get; }

    /// <summary>For logs, such as <c>avx512bf16, 2 threads</c>.</summary>
    public override string Name => $"{Isa.Name()}, {Team.Count} thread{(Team.Count == 1 ? "" : "s")}";

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            disposed = true;
            packedWeights.Dispose();
            quantizedProduct.Dispose();
            Matrices.Dispose();
            Team.Dispose();
            scratch.Dispose();
            partial.Dispose();
            converted.Dispose();
            convertedBias.Dispose();
            dequantized.Dispose();
            logits.Dispose();
            gathered.Dispose();
        }

        base.Dispose(disposing);
    }
}
