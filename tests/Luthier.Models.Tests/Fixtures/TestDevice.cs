using Luthier.Tensors.Assembly;
using Luthier.Tensors.Devices;

namespace Luthier.Models.Tests.Fixtures;

/// <summary>The device that the tests run on: the instruction set that LUTHIER_ISA names, or this machine's best.</summary>
internal static class TestDevice
{
    public static Device Instance { get; } = Create();

    private static CpuDevice Create()
    {
        var name = Environment.GetEnvironmentVariable("LUTHIER_ISA");
        return new CpuDevice(threads: 2, string.IsNullOrEmpty(name) ? null : IsaDetection.Parse(name));
    }
}
