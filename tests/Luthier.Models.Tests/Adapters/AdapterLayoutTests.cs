using System.Text.Json.Nodes;
using Luthier.Formats.Json;
using Luthier.Formats.Safetensors;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;

namespace Luthier.Models.Tests.Adapters;

/// <summary>Files, tensor names, shapes and options of adapters as PEFT 0.14 writes them.</summary>
public sealed class AdapterLayoutTests
{
    private static readonly string[] Sets = ["target_modules", "modules_to_save"];

    public static TheoryData<string, LoraConfig> Variants { get; } =
        new()
        {
            { "qv", Options("q_proj", "v_proj") },
            { "all_linear", Options() with { TargetModules = ModuleSelection.AllLinear } },
            { "modules_to_save", Options("q_proj", "v_proj") with { ModulesToSave = ["lm_head", "embed_tokens"] } },
            { "target_embed_and_head", Options("embed_tokens", "lm_head", "q_proj") },
            { "rslora", Options("q_proj") with { UseRankStabilized = true } },
            { "dora", Options("q_proj") with { UseDora = true } },
            {
                "regex",
                Options() with
                {
                    TargetModules = ModuleSelection.FromPattern(@".*layers\.1\.mlp\.(gate|up)_proj"),
                }
            },
            { "layers", Options("q_proj") with { LayersToTransform = [1] } },
            {
                "rank_pattern",
                Options("q_proj", "v_proj") with
                {
                    RankPattern = new Dictionary<string, int>(StringComparer.Ordinal) { ["v_proj"] = 4 },
                    AlphaPattern = new Dictionary<string, double>(StringComparer.Ordinal) { ["v_proj"] = 32 },
                }
            },
        };

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_new_adapter_is_saved_as_peft_saves_it(string variant, LoraConfig config)
    {
        var expected = Expected(variant);
        using var model = ModelLoader.Load(TestData.Shared("fixtures/llama-tiny"));
        using var folder = TestData.TempFolder();
        var adapter = Adapter.Create(model, config, seed: 1);
        adapter.Save(folder);

        Directory
            .EnumerateFiles(folder)
            .Select(Path.GetFileName)
            .ShouldBe(["adapter_config.json", "adapter_model.safetensors"], ignoreOrder: true);
        CheckConfig(folder["adapter_config.json"], expected["files"]!["adapter_config.json"]!["json"]!.AsObject());
        CheckTensors(
            folder["adapter_model.safetensors"],
            expected["files"]!["adapter_model.safetensors"]!["header"]!.AsObject()
        );
        var counts = expected["trainable_parameters"]!.AsArray().Select(item => item!.GetValue<long>()).ToArray();
        adapter.Count.ShouldBe(counts[0]);
        TrainableParameters.OfAdapter(model.Config, config).ShouldBe(new TrainableParameters(counts[0], counts[1]));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_saved_adapter_is_loaded_and_saved_again_unchanged(string variant, LoraConfig config)
    {
        variant.ShouldNotBeEmpty();
        var random = config with { Initialization = LoraInitialization.Random };
        using var first = TestData.TempFolder();
        using var second = TestData.TempFolder();
        using (var model = ModelLoader.Load(TestData.Shared("fixtures/llama-tiny")))
        {
            Adapter.Create(model, random, seed: 2).Save(first);
        }

        using (var model = ModelLoader.Load(TestData.Shared("fixtures/llama-tiny")))
        {
            Adapter.Load(model, first).Save(second);
        }

        foreach (var name in (string[])["adapter_config.json", "adapter_model.safetensors"])
        {
            File.ReadAllBytes(second[name]).ShouldBe(File.ReadAllBytes(first[name]), name);
        }
    }

    [Fact]
    public void Files_of_peft_are_loaded_and_saved_again_byte_for_byte()
    {
        var original = TestData.Shared("fixtures/save-layout/adapter_qv");
        using var model = ModelLoader.Load(TestData.Shared("fixtures/llama-tiny"));
        using var folder = TestData.TempFolder();
        Adapter.Load(model, original).Save(folder);
        foreach (var name in (string[])["adapter_config.json", "adapter_model.safetensors"])
        {
            File.ReadAllBytes(folder[name]).ShouldBe(File.ReadAllBytes(Path.Combine(original, name)), name);
        }
    }

    [Fact]
    public void The_trainable_line_of_llama_13b_is_pefts()
    {
        var config = ModelConfig.Parse(
            "config.json",
            """
            {"model_type": "llama", "hidden_size": 5120, "intermediate_size": 13824, "num_hidden_layers": 40,
             "num_attention_heads": 40, "vocab_size": 32000}
            """u8.ToArray()
        );
        TrainableParameters
            .OfAdapter(config, Options("q_proj", "v_proj"))
            .ToString()
            .ShouldBe("trainable params: 6,553,600 || all params: 13,022,417,920 || trainable%: 0.05032552357220002");
    }

    private static LoraConfig Options(params string[] names) =>
        new()
        {
            TargetModules = ModuleSelection.FromNames(names.Length == 0 ? ["q_proj"] : names),
            Rank = 8,
            Alpha = 16,
            Dropout = 0.05,
            BaseModel = "llama-tiny",
        };

    private static JsonObject Expected(string variant)
    {
        var path = TestData.Shared("fixtures/save-layout/reference.json");
        return JsonFile.Read(path)["peft"][variant].AsNode()!.AsObject();
    }

    private static void CheckConfig(string path, JsonObject expected)
    {
        var actual = JsonFile.Read(path).AsNode()!.AsObject();
        string.Join(",", actual.Select(item => item.Key)).ShouldBe(string.Join(",", expected.Select(item => item.Key)));
        foreach (var (key, value) in expected)
        {
            if (Sets.Contains(key, StringComparer.Ordinal) && value is JsonArray items)
            {
                Sorted(actual[key]!.AsArray()).ShouldBe(Sorted(items), key);
            }
            else
            {
                Text(actual[key]).ShouldBe(Text(value), key);
            }
        }

        static string[] Sorted(JsonArray items) => [.. items.Select(Text).Order(StringComparer.Ordinal)];

        static string Text(JsonNode? node) => PythonJson.Serialize(node);
    }

    private static void CheckTensors(string path, JsonObject header)
    {
        using var file = SafetensorsFile.Open(path);
        file.Metadata.ShouldBe(SafetensorsWriter.PyTorchMetadata);
        header.Remove("__metadata__");
        file.Tensors.Keys.ShouldBe(header.OrderBy(Start).Select(item => item.Key));
        foreach (var (name, entry) in header)
        {
            file.Tensors[name].DType.ShouldBe(Luthier.Tensors.DType.Float32);
            file.Tensors[name].Shape.ShouldBe(entry!["shape"]!.AsArray().Select(item => item!.GetValue<int>()));
        }

        static long Start(KeyValuePair<string, JsonNode?> entry) => entry.Value!["data_offsets"]![0]!.GetValue<long>();
    }
}
