using System.Text.Json.Nodes;
using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Formats.Json;
using Luthier.Models.Gguf;
using Luthier.Tensors;
using Luthier.Tensors.KeyValues;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Configuration;

/// <summary>
/// Sizes and options of a decoder-only transformer, as a Hugging Face <c>config.json</c> gives them. Where the file is
/// silent, the values are those that Transformers assumes for the model_type.
/// </summary>
public sealed record ModelConfig
{
    /// <summary>The file's name in a model folder.</summary>
    public const string FileName = "config.json";

    /// <summary>The family, such as <c>llama</c>.</summary>
    public required string ModelType { get; init; }

    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int Layers { get; init; }

    /// <summary>Query heads of a layer.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads of a layer; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Elements of one head; even.</summary>
    public required int HeadDimension { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>The longest context that the model was made for.</summary>
    public required int MaxPositions { get; init; }

    public required Activation Activation { get; init; }

    public required float NormEpsilon { get; init; }

    /// <summary>Added to every norm weight: 1 for models that store them less one.</summary>
    public float NormOffset { get; init; }

    /// <summary>Whether the projections to queries, keys and values have a bias.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the projection of the attention's output has a bias.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Whether the feed-forward projections have a bias.</summary>
    public bool MlpBias { get; init; }

    /// <summary>Whether the output projection is the embedding table.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>Whether queries and keys are normalised by heads before the rotation.</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>Whether the feed-forward part has norms before and after, and the attention one after it.</summary>
    public bool FeedForwardNorms { get; init; }

    /// <summary>Whether embeddings are multiplied by √hidden, rounded to the table's element type.</summary>
    public bool ScaledEmbedding { get; init; }

    /// <summary>Multiplies the attention scores.</summary>
    public required double AttentionScale { get; init; }

    /// <summary>Cap of the attention scores; 0: none.</summary>
    public float AttentionSoftcap { get; init; }

    /// <summary>Cap of the logits; 0: none.</summary>
    public float FinalSoftcap { get; init; }

    /// <summary>For each layer the number of last tokens that it sees; 0: all.</summary>
    public required IReadOnlyList<int> Windows { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10000;

    public RopeScaling RopeScaling { get; init; } = RopeScaling.None;

    /// <summary>Standard deviation of new weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Element type that the file names for the weights; null where it names none.</summary>
    public DType? DType { get; init; }

    public int? BeginOfSequence { get; init; }

    /// <summary>Tokens that end a text; empty where none is given.</summary>
    public IReadOnlyList<int> EndOfSequence { get; init; } = [];

    public int? Padding { get; init; }

    /// <summary>The whole file: fields that mean nothing here are written back unchanged.</summary>
    internal JsonObject Raw { get; init; } = [];

    /// <summary>Reads <c>config.json</c> of a model folder, the file itself, or the metadata of a GGUF file.</summary>
    /// <exception cref="IOException">The file can't be opened.</exception>
    /// <exception cref="InvalidFileException">The file is not a model's configuration; names every wrong field.</exception>
    public static ModelConfig Load(string folderOrFile)
    {
        if (GgufFile.Is(folderOrFile))
        {
            using var gguf = GgufFile.Open(folderOrFile);
            return GgufConfig.Read(gguf);
        }

        var path = Directory.Exists(folderOrFile) ? Path.Combine(folderOrFile, FileName) : folderOrFile;
        return ModelConfigReader.Read(JsonFile.Read(path));
    }

    /// <summary>Reads the JSON text of a configuration.</summary>
    /// <param name="source">What messages call the text.</param>
    /// <param name="utf8">The text.</param>
    /// <exception cref="InvalidFileException">The text is not a model's configuration; names every wrong field.</exception>
    public static ModelConfig Parse(string source, ReadOnlyMemory<byte> utf8) =>
        ModelConfigReader.Read(JsonFile.Parse(source, utf8));

    /// <summary>The file as it is to be written: what was read, with the element type and the ties as they are now.</summary>
    public JsonObject ToJson()
    {
        var json = (JsonObject)Raw.DeepClone();
        var family = ModelFamily.Of(ModelType);
        json["model_type"] = ModelType;
        json["architectures"] ??= new JsonArray(family.Architecture);
        if (DType is { } dtype)
        {
            json[json.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = DTypeNames.Name(dtype);
        }

        var written = json["tie_word_embeddings"]?.GetValue<bool>() ?? family.TiedEmbeddings;
        if (written != TiedEmbeddings)
        {
            json["tie_word_embeddings"] = TiedEmbeddings;
        }

        return json;
    }

    /// <summary>Sizes of the keys and values that generation keeps.</summary>
    public KeyValueShape KeyValueShape => new(Layers, KeyValueHeads, HeadDimension);
}
