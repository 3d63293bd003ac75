using System.Runtime.InteropServices;
using Luthier.Formats.Json;
using Luthier.Formats.Safetensors;
using Luthier.Tensors;

namespace Luthier.Models.Tests.Fixtures;

/// <summary>A folder of reference values that Transformers or PEFT computed: reference.json and reference.safetensors.</summary>
internal sealed class ReferenceFolder : IDisposable
{
    private readonly SafetensorsFile tensors;

    public ReferenceFolder(string name)
    {
        Path = TestData.Shared($"fixtures/{name}");
        tensors = SafetensorsFile.Open(this["reference.safetensors"]);
        Json = JsonFile.Read(this["reference.json"]);
    }

    public string Path { get; }

    public JsonField Json { get; }

    public string this[string relativePath] => System.IO.Path.Combine(Path, relativePath);

    public bool Has(string name) => tensors.Tensors.ContainsKey(name);

    public ReadOnlySpan<int> Shape(string name) => tensors.Tensors[name].Shape;

    public float[] Floats(string name) => tensors.Get(name).AsFloats().ToArray();

    /// <summary>Ids, masks and positions, which the files hold as int64.</summary>
    public int[] Integers(string name) =>
        Array.ConvertAll(MemoryMarshal.Cast<byte, long>(tensors.Get(name).AsBytes()).ToArray(), value => (int)value);

    public void Dispose() => tensors.Dispose();
}

internal static class Numbers
{
    /// <summary>The largest absolute difference; where a mask is given, only of rows whose mask is not 0.</summary>
    public static float LargestDifference(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, int[]? mask = null)
    {
        actual.Length.ShouldBe(expected.Length);
        var columns = mask is null ? actual.Length : actual.Length / mask.Length;
        var largest = 0f;
        for (var i = 0; i < actual.Length; i++)
        {
            if (mask is null || mask[i / columns] != 0)
            {
                var difference = MathF.Abs(actual[i] - expected[i]);
                largest = float.IsNaN(difference) ? float.PositiveInfinity : MathF.Max(largest, difference);
            }
        }

        return largest;
    }

    public static float[] ToFloats(this Tensor tensor) => tensor.AsFloats().ToArray();
}
