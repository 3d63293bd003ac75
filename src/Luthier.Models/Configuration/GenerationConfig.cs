using System.Text.Json.Nodes;
using Luthier.Formats;
using Luthier.Formats.Json;

namespace Luthier.Models.Configuration;

/// <summary>What a <c>generation_config.json</c> says of how a model wants to be sampled; null where it is silent.</summary>
public sealed record GenerationConfig
{
    /// <summary>The file's name in a model folder.</summary>
    public const string FileName = "generation_config.json";

    /// <summary>Tokens that end a text; empty where none is given.</summary>
    public IReadOnlyList<int> EndOfSequence { get; init; } = [];

    public int? BeginOfSequence { get; init; }

    public int? Padding { get; init; }

    public bool? Sample { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? TopK { get; init; }

    public double? RepetitionPenalty { get; init; }

    public int? MaxNewTokens { get; init; }

    /// <summary>The whole file: fields that mean nothing here are written back unchanged.</summary>
    internal JsonObject Raw { get; init; } = [];

    /// <summary>Reads the folder's file; without one, what <c>config.json</c> says of special tokens.</summary>
    /// <exception cref="InvalidFileException">The file is wrong; names every wrong field.</exception>
    public static GenerationConfig Load(string folder, ModelConfig config)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? Read(JsonFile.Read(path), config) : Of(config);
    }

    /// <summary>The settings that a model's configuration implies.</summary>
    public static GenerationConfig Of(ModelConfig config)
    {
        var raw = new JsonObject { ["_from_model_config"] = true };
        foreach (
            var name in (ReadOnlySpan<string>)["bos_token_id", "eos_token_id", "pad_token_id", "transformers_version"]
        )
        {
            if (config.Raw[name] is { } value)
            {
                raw[name] = value.DeepClone();
            }
        }

        return new GenerationConfig
        {
            EndOfSequence = config.EndOfSequence,
            BeginOfSequence = config.BeginOfSequence,
            Padding = config.Padding,
            Raw = raw,
        };
    }

    /// <summary>The file as it is to be written: what was read.</summary>
    public JsonObject ToJson() => (JsonObject)Raw.DeepClone();

    private static GenerationConfig Read(JsonField root, ModelConfig config)
    {
        var fields = new FieldReader(root);
        var ends = fields.Ids("eos_token_id");
        var result = new GenerationConfig
        {
            EndOfSequence = ends.Count > 0 ? ends : config.EndOfSequence,
            BeginOfSequence = fields.OptionalInteger("bos_token_id", config.BeginOfSequence, int.MinValue),
            Padding = fields.OptionalInteger("pad_token_id", config.Padding, int.MinValue),
            Sample = fields.Read("do_sample", (bool?)null, field => field.AsBoolean()),
            Temperature = fields.Read("temperature", (double?)null, field => field.AsDouble(0, double.MaxValue)),
            TopP = fields.Read("top_p", (double?)null, field => field.AsDouble(0, 1)),
            TopK = fields.OptionalInteger("top_k"),
            RepetitionPenalty = fields.OptionalPositive("repetition_penalty"),
            MaxNewTokens = fields.OptionalInteger("max_new_tokens", minimum: 1),
            Raw = root.AsNode() as JsonObject ?? [],
        };
        fields.ThrowIfInvalid();
        return result;
    }
}
