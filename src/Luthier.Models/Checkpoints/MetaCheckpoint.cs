using Luthier.Formats;
using Luthier.Formats.Files;
using Luthier.Formats.Json;
using Luthier.Formats.PyTorch;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>
/// Writes a Llama in the layout of its authors: consolidated.00.pth and params.json. Rows of the query and key
/// projections change places, because there the two elements that a rotation mixes lie beside each other and not half a
/// head apart.
/// </summary>
public static class MetaCheckpoint
{
    public const string WeightsName = "consolidated.00.pth";

    public const string ParametersName = "params.json";

    private static readonly (string Layer, string Meta)[] LayerNames =
    [
        ("self_attn.q_proj", "attention.wq"),
        ("self_attn.k_proj", "attention.wk"),
        ("self_attn.v_proj", "attention.wv"),
        ("self_attn.o_proj", "attention.wo"),
        ("mlp.gate_proj", "feed_forward.w1"),
        ("mlp.down_proj", "feed_forward.w2"),
        ("mlp.up_proj", "feed_forward.w3"),
        ("input_layernorm", "attention_norm"),
        ("post_attention_layernorm", "ffn_norm"),
    ];

    /// <param name="folder">Made if it is not there.</param>
    /// <param name="dtype">Element type of all weights; null keeps each weight's own.</param>
    /// <exception cref="NotSupportedException">The layout has no place for something that the model has.</exception>
    public static void Export(Transformer model, string folder, DType? dtype = null)
    {
        var parameters = MetaParameters.Of(model.Config);
        Directory.CreateDirectory(folder);
        var sources = Sources(model, dtype).ToArray();
        using var pending = new PendingFiles();
        pending.Write(
            Path.Combine(folder, WeightsName),
            stream => TorchWriter.Write(stream, Path.GetFileNameWithoutExtension(WeightsName), sources)
        );
        pending.Write(
            Path.Combine(folder, ParametersName),
            stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(PythonJson.Serialize(parameters) + "\n"))
        );
        pending.Commit();
    }

    private static IEnumerable<TensorSource> Sources(Transformer model, DType? dtype)
    {
        yield return Source("tok_embeddings.weight", model.Embedding.Weight, dtype);
        yield return Source("norm.weight", model.Norms["model.norm"].Weight, dtype);
        yield return Source("output.weight", model.Head.Weight, dtype);
        for (var layer = 0; layer < model.Config.Layers; layer++)
        {
            foreach (var (name, meta) in LayerNames)
            {
                var weight = model[$"model.layers.{layer}.{name}.weight"];
                var target = $"layers.{layer}.{meta}.weight";
                yield return meta switch
                {
                    "attention.wq" => Source(target, weight, dtype, model.Config.Heads),
                    "attention.wk" => Source(target, weight, dtype, model.Config.KeyValueHeads),
                    _ => Source(target, weight, dtype),
                };
            }
        }
    }

    /// <param name="heads">Heads whose rows change places; 0: none do.</param>
    private static unsafe TensorSource Source(string name, Tensor weight, DType? dtype, int heads = 0)
    {
        var target = dtype ?? ModelSaver.Plain(weight.DType);
        var info = new TensorInfo(name, target, weight.Shape) { Storage = heads == 0 ? (nint)weight.Data : null };
        return new TensorSource(
            info,
            () =>
            {
                var converted = weight;
                if (target != weight.DType)
                {
                    converted = Tensor.Create(target, weight.Shape);
                    Conversion.Copy(weight, converted);
                }

                return heads == 0 ? converted : HeadRows.Interleave(converted, heads);
            }
        );
    }
}
