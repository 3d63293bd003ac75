using System.Runtime.InteropServices;
using Luthier.Formats.Json;
using Luthier.Formats.Safetensors;

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
