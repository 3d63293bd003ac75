using Luthier.Tensors.Devices;

namespace Luthier.Tensors.Tests;

/// <summary>Holds the device of the path under test against the references, and against itself on other teams.</summary>
internal static class Against
{
    private static readonly int[] Teams = [1, 2, 3];

    /// <summary>
    /// Runs an operation by the references, then on teams of several sizes from the same state of its outputs (which
    /// may be inputs too): close to the references, and the same bits on every team.
    /// </summary>
    public static void Reference(Action<Device> operation, double tolerance, params Tensor[] outputs)
    {
        using var reference = new ReferenceDevice();
        var start = Array.ConvertAll(outputs, o => o.Values());
        operation(reference);
        var expected = Array.ConvertAll(outputs, o => o.Values());
        float[][]? first = null;
        foreach (var threads in Teams)
        {
            Restore(outputs, start);
            using var device = TestDevice.Create(threads);
            operation(device);
            var actual = Array.ConvertAll(outputs, o => o.Values());
            for (var i = 0; i < outputs.Length; i++)
            {
                Close(actual[i], expected[i], tolerance, $"output {i} on {device.Name}");
                if (first is not null)
                {
                    actual[i].AsSpan().SequenceEqual(first[i]).ShouldBeTrue($"output {i} differs on {device.Name}");
                }
            }

            first ??= actual;
        }
    }

    /// <summary>|actual − expected| ≤ tolerance · (1 + |expected|), element by element.</summary>
    public static void Close(
        ReadOnlySpan<float> actual,
        ReadOnlySpan<float> expected,
        double tolerance,
        string what = "values"
    )
    {
        actual.Length.ShouldBe(expected.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            if (!(Math.Abs(actual[i] - (double)expected[i]) <= tolerance * (1 + Math.Abs(expected[i]))))
            {
                Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R} within {tolerance}");
            }
        }
    }

    private static void Restore(Tensor[] outputs, float[][] values)
    {
        for (var i = 0; i < outputs.Length; i++)
        {
            values[i].CopyTo(outputs[i].AsFloats());
        }
    }
}
