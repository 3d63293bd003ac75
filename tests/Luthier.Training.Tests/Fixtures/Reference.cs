using System.Runtime.InteropServices;
using System.Text;
using Luthier.Formats.Json;
using Luthier.Formats.Safetensors;

namespace Luthier.Training.Tests.Fixtures;

/// <summary>The training runs that Transformers and PEFT made.</summary>
internal sealed class Reference : IDisposable
{
    public const int Rows = 80;
    private const int Width = 32;
    private readonly SafetensorsFile tensors;

    public Reference()
    {
        Folder = TestData.Shared("fixtures/lora-train");
        BaseModel = TestData.Shared("fixtures/llama-tiny");
        tensors = SafetensorsFile.Open(Path.Combine(Folder, "reference.safetensors"));
        Json = JsonFile.Read(Path.Combine(Folder, "reference.json"));
    }

    public string Folder { get; }

    public string BaseModel { get; }

    public JsonField Json { get; }

    public double[] Values(string run, string name) =>
        [.. Json["runs"][run][name].Items().Select(item => item.AsDouble())];

    public float[] Floats(string name) => tensors.Get(name).AsFloats().ToArray();

    public int[] Integers(string name) =>
        Array.ConvertAll(MemoryMarshal.Cast<byte, long>(tensors.Get(name).AsBytes()).ToArray(), value => (int)value);

    /// <summary>Writes the batches as tokenized rows.</summary>
    public void WriteRows(string path, bool masked = false)
    {
        var ids = Integers("batches");
        var labels = masked ? Integers("recipe.labels") : ids;
        var mask = Integers("recipe.attention_mask");
        var text = new StringBuilder();
        for (var row = 0; row < Rows; row++)
        {
            text.Append("{\"input_ids\": ").Append(List(ids, row)).Append(", \"labels\": ").Append(List(labels, row));
            if (masked)
            {
                text.Append(", \"attention_mask\": ").Append(List(mask, row));
            }

            text.Append("}\n");
        }

        File.WriteAllText(path, text.ToString());
    }

    public void Dispose() => tensors.Dispose();

    private static string List(int[] values, int row) =>
        $"[{string.Join(", ", values[(row * Width)..((row + 1) * Width)])}]";
}
