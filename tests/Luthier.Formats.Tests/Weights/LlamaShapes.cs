using Luthier.Tensors;

namespace Luthier.Formats.Tests.Weights;

/// <summary>The tensors of LLaMA models in the order of Transformers' state dictionary, without any data.</summary>
internal static class LlamaShapes
{
    private const int Vocabulary = 32000;

    public static List<TensorInfo> Create(int hidden, int intermediate, int layers, DType dtype)
    {
        var tensors = new List<TensorInfo> { new("model.embed_tokens.weight", dtype, Vocabulary, hidden) };
        for (var layer = 0; layer < layers; layer++)
        {
            var prefix = $"model.layers.{layer}";
            foreach (var name in "qkvo")
            {
                tensors.Add(new($"{prefix}.self_attn.{name}_proj.weight", dtype, hidden, hidden));
            }

            tensors.Add(new($"{prefix}.mlp.gate_proj.weight", dtype, intermediate, hidden));
            tensors.Add(new($"{prefix}.mlp.up_proj.weight", dtype, intermediate, hidden));
            tensors.Add(new($"{prefix}.mlp.down_proj.weight", dtype, hidden, intermediate));
            tensors.Add(new($"{prefix}.input_layernorm.weight", dtype, hidden));
            tensors.Add(new($"{prefix}.post_attention_layernorm.weight", dtype, hidden));
        }

        tensors.Add(new("model.norm.weight", dtype, hidden));
        tensors.Add(new("lm_head.weight", dtype, Vocabulary, hidden));
        return tensors;
    }

    /// <summary>As Transformers' LLaMA was at first: every layer also stored its rotary frequencies.</summary>
    public static List<TensorInfo> CreateWithRotaryFrequencies(int hidden, int intermediate, int layers, DType dtype)
    {
        const int headSize = 128;
        var tensors = new List<TensorInfo>();
        foreach (var tensor in Create(hidden, intermediate, layers, dtype))
        {
            tensors.Add(tensor);
            if (tensor.Name.EndsWith("o_proj.weight", StringComparison.Ordinal))
            {
                var name = tensor.Name.Replace("o_proj.weight", "rotary_emb.inv_freq", StringComparison.Ordinal);
                tensors.Add(new(name, DType.Float32, headSize / 2));
            }
        }

        return tensors;
    }
}
