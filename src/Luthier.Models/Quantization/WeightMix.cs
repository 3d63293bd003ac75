using System.Diagnostics.CodeAnalysis;
using Luthier.Formats;
using Luthier.Models.Configuration;
using Luthier.Models.Gguf;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Quantization;

/// <summary>
/// Which element type each weight of a model gets, under the names that llama.cpp gave the mixes: mostly one type, and
/// more bits where they matter most.
/// </summary>
public sealed class WeightMix
{
    // Models so deep have keys and values so small that more bits for them cost nothing.
    private const int LayersOfLargest = 80;

    private readonly bool isMedium;

    private WeightMix(string name, int fileType, DType type, bool isMedium = false)
    {
        Name = name;
        FileType = fileType;
        Type = type;
        this.isMedium = isMedium;
    }

    /// <summary>All mixes, from the most bits to the fewest.</summary>
    public static IReadOnlyList<WeightMix> All { get; } =
    [
        new("f32", 0, DType.Float32),
        new("bf16", 32, DType.BFloat16),
        new("f16", 1, DType.Float16),
        new("q8_0", 7, DType.Q8_0),
        new("q6_k", 18, DType.Q6_K),
        new("q5_k_m", 17, DType.Q5_K, isMedium: true),
        new("q5_k_s", 16, DType.Q5_K),
        new("q5_1", 9, DType.Q5_1),
        new("q5_0", 8, DType.Q5_0),
        new("q4_k_m", 15, DType.Q4_K, isMedium: true),
        new("q4_k_s", 14, DType.Q4_K),
        new("q4_1", 3, DType.Q4_1),
        new("q4_0", 2, DType.Q4_0),
    ];

    /// <summary>The mixes of block types.</summary>
    public static IReadOnlyList<WeightMix> Quantized { get; } = [.. All.Where(mix => mix.Type.IsQuantized())];

    /// <summary>float16, in which most models are passed on.</summary>
    public static WeightMix Half { get; } = All.Single(mix => mix.Type == DType.Float16);

    /// <summary>Such as <c>q4_k_m</c>.</summary>
    public string Name { get; }

    /// <summary>The type that most weights get.</summary>
    public DType Type { get; }

    /// <summary>The number that a GGUF file has for it, under <c>general.file_type</c>.</summary>
    internal int FileType { get; }

    public static bool TryParse(string name, [NotNullWhen(true)] out WeightMix? mix)
    {
        mix = All.FirstOrDefault(item => string.Equals(item.Name, name, StringComparison.OrdinalIgnoreCase));
        return mix is not null;
    }

    public override string ToString() => Name;

    /// <summary>The type of a parameter: 1. as the mix has it, 2. of smaller blocks where its rows do not fit.</summary>
    public DType TypeOf(TensorInfo parameter, ModelConfig config)
    {
        if (parameter.Shape.Length != 2)
        {
            return DType.Float32;
        }

        // 1.
        var columns = parameter.Shape[1];
        var type = Type.IsQuantized() ? Preferred(parameter.Name, columns, config) : Type;

        // 2.
        if (columns % type.BlockElements() != 0)
        {
            type = type switch
            {
                DType.Q4_K => DType.Q5_0,
                DType.Q5_K => DType.Q5_1,
                DType.Q6_K => DType.Q8_0,
                _ => DType.Float16,
            };
        }

        return columns % type.BlockElements() == 0 ? type : DType.Float16;
    }

    private DType Preferred(string name, int columns, ModelConfig config)
    {
        if (IsHead(name, config))
        {
            return columns % Type.BlockElements() != 0 || Type == DType.Q8_0 ? DType.Q8_0 : DType.Q6_K;
        }

        var isSmallFour = Type == DType.Q4_K && !isMedium;
        if (GgufNames.LayerOf(name) is { } layer)
        {
            if (name.EndsWith(".v_proj.weight", StringComparison.Ordinal))
            {
                return isMedium && HasMoreBits(layer, config.Layers) ? DType.Q6_K
                    : isSmallFour && layer < 4 ? DType.Q5_K
                    : Type == DType.Q4_K && config.Layers == LayersOfLargest ? DType.Q5_K
                    : Type;
            }

            if (name.EndsWith(".down_proj.weight", StringComparison.Ordinal))
            {
                return isMedium && HasMoreBits(layer, config.Layers) ? DType.Q6_K
                    : isSmallFour && layer < config.Layers / 8 ? DType.Q5_K
                    : Type;
            }
        }

        return Type;
    }

    // A tied table is the output projection too.
    private static bool IsHead(string name, ModelConfig config) =>
        name.StartsWith(
            config.TiedEmbeddings ? ModelLayout.EmbeddingName : ModelLayout.HeadName,
            StringComparison.Ordinal
        );

    // The first and the last eighth of the layers, and every third one between.
    private static bool HasMoreBits(int layer, int layers) =>
        layer < layers / 8 || layer >= 7 * layers / 8 || (layer - (layers / 8)) % 3 == 2;
}
