using Luthier.Tensors.Devices;

namespace Luthier.Models.Tests.Fixtures;

/// <summary>The device that all tests of this process share.</summary>
internal static class Compute
{
    public static Device Device { get; } = TestDevice.Create(threads: 2);
}
