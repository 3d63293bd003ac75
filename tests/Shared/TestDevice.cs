using System.Diagnostics.CodeAnalysis;
using Luthier.Tensors.Assembly;
using Luthier.Tensors.Devices;

namespace Luthier.Tests;

/// <summary>The instruction-set path that a run of the tests is about: LUTHIER_ISA, or the best of this machine.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Not every test project uses it")]
internal static class TestDevice
{
    public static Isa Isa { get; } =
        Environment.GetEnvironmentVariable("LUTHIER_ISA") is { Length: > 0 } name
            ? IsaDetection.Parse(name)
            : IsaDetection.Best;

    /// <summary>A device of that path, to be disposed by the caller.</summary>
    public static Device Create(int threads = 0) => CpuDevice.Create(threads, Isa);
}
