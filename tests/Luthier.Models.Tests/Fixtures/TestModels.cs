using System.Text;
using System.Text.Json.Nodes;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;

namespace Luthier.Models.Tests.Fixtures;

/// <summary>Small configurations of each family, and models of them with random weights.</summary>
internal static class TestModels
{
    /// <param name="fields">Members of config.json that are added to, or take the place of, those of every model.</param>
    public static ModelConfig Config(string modelType, string fields = "")
    {
        var json = JsonNode
            .Parse(
                """
                {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 4,
                 "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 61, "max_position_embeddings": 128,
                 "initializer_range": 0.25}
                """
            )!
            .AsObject();
        json["model_type"] = modelType;
        foreach (var (name, value) in JsonNode.Parse($"{{{fields}}}")!.AsObject())
        {
            json[name] = value?.DeepClone();
        }

        return Parse(json.ToJsonString());
    }

    public static ModelConfig Parse(string json) => ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(json));

    /// <summary>A model whose norms and biases are random too, so that leaving one out shows.</summary>
    public static Transformer Random(ModelConfig config, ulong seed = 1)
    {
        var model = RandomWeights.Create(config, seed);
        var generator = new SeededGenerator(seed + 1000);
        foreach (var (_, tensor) in model.Parameters.Where(parameter => parameter.Tensor.Rank == 1))
        {
            foreach (ref var value in tensor.AsFloats())
            {
                value += (float)(generator.NextUniform() - 0.5);
            }
        }

        return model;
    }

    public static Transformer Random(string modelType, string fields = "", ulong seed = 1) =>
        Random(Config(modelType, fields), seed);

    public static int[] Tokens(int count, ulong seed = 1, int vocabulary = 61)
    {
        var generator = new SeededGenerator(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (int)(generator.NextUniform() * vocabulary))];
    }

    public static string Text(JsonNode node) => Luthier.Formats.Json.PythonJson.Serialize(node);
}
