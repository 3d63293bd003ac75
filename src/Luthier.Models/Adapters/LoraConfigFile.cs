using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Formats;
using Luthier.Formats.Json;

namespace Luthier.Models.Adapters;

/// <summary>Reads and writes <c>adapter_config.json</c> as PEFT 0.14 does.</summary>
internal static class LoraConfigFile
{
    public const string FileName = "adapter_config.json";

    private const int MaxRank = 1 << 20;
    private const double MaxAlpha = 1e9;

    /// <summary>Options that change what an adapter computes, in ways that are not known here.</summary>
    private static readonly string[] MustBeUnset =
    [
        "layer_replication",
        "lora_bias",
        "target_parameters",
        "trainable_token_indices",
        "alora_invocation_tokens",
        "use_qalora",
    ];

    /// <exception cref="InvalidFileException">Names everything that is wrong with the file.</exception>
    public static LoraConfig Read(string path)
    {
        var root = JsonFile.Read(path);
        var fields = new FieldReader(root);
        var type = root["peft_type"];
        if (type.AsString() is not "LORA")
        {
            throw type.Expected("LORA");
        }

        var config = new LoraConfig
        {
            TargetModules = ReadSelection(fields, "target_modules") ?? new LoraConfig().TargetModules,
            ExcludeModules = ReadSelection(fields, "exclude_modules"),
            Rank = fields.Integer("r", 8, maximum: MaxRank),
            Alpha = fields.Positive("lora_alpha", 8),
            Dropout = fields.Read("lora_dropout", 0.0, field => field.AsDouble(0, 1)),
            Bias = fields.Read("bias", LoraBias.None, ReadBias),
            UseRankStabilized = fields.Boolean("use_rslora", fallback: false),
            UseDora = fields.Boolean("use_dora", fallback: false),
            LayersToTransform = ReadList(fields, "layers_to_transform", item => item.AsInt32(0)),
            LayersPattern = ReadList(fields, "layers_pattern", item => item.AsString()),
            RankPattern = ReadPattern(fields, "rank_pattern", item => item.AsInt32(1, MaxRank)),
            AlphaPattern = ReadPattern(fields, "alpha_pattern", item => item.AsDouble(0, MaxAlpha)),
            ModulesToSave = ReadList(fields, "modules_to_save", item => item.AsString()),
            BaseModel = fields.Text("base_model_name_or_path"),
            TaskType = fields.Text("task_type"),
            Initialization = fields.Read("init_lora_weights", LoraInitialization.Default, ReadInitialization),
            Raw = (JsonObject)root.AsNode()!,
        };
        foreach (var name in MustBeUnset)
        {
            var isUnset = root.Find(name) is not { } field || IsEmpty(field);
            fields.Check(isUnset, $"field {name}: expected none, because adapters with it are not supported");
        }

        fields.ThrowIfInvalid();
        return config;
    }

    /// <summary>The file's text: sorted, without a final line feed, <c>inference_mode</c> true.</summary>
    public static string Serialize(LoraConfig config)
    {
        var json = (JsonObject)config.Raw.DeepClone();
        AddDefaults(json);
        json["base_model_name_or_path"] = config.BaseModel;
        json["task_type"] = config.TaskType;
        json["r"] = config.Rank;
        json["lora_alpha"] = Number(config.Alpha);
        json["lora_dropout"] = config.Dropout;
        json["bias"] = config.Bias switch
        {
            LoraBias.All => "all",
            LoraBias.LoraOnly => "lora_only",
            _ => "none",
        };
        json["use_rslora"] = config.UseRankStabilized;
        json["use_dora"] = config.UseDora;
        json["target_modules"] = ToNode(config.TargetModules);
        json["exclude_modules"] = config.ExcludeModules is { } excluded ? ToNode(excluded) : null;
        json["layers_to_transform"] = ToNode(config.LayersToTransform, layer => JsonValue.Create(layer));
        json["layers_pattern"] = ToNode(config.LayersPattern, name => JsonValue.Create(name));
        json["modules_to_save"] = ToNode(config.ModulesToSave, name => JsonValue.Create(name));
        json["rank_pattern"] = ToNode(config.RankPattern, rank => JsonValue.Create(rank));
        json["alpha_pattern"] = ToNode(config.AlphaPattern, Number);
        return PythonJson.Serialize(json);
    }

    private static void AddDefaults(JsonObject json)
    {
        json["peft_type"] = "LORA";
        json["inference_mode"] = true;
        json.TryAdd("auto_mapping", null);
        json.TryAdd("eva_config", null);
        json.TryAdd("fan_in_fan_out", false);
        json.TryAdd("init_lora_weights", true);
        json.TryAdd("layer_replication", null);
        json.TryAdd("loftq_config", new JsonObject());
        json.TryAdd("lora_bias", false);
        json.TryAdd("megatron_config", null);
        json.TryAdd("megatron_core", "megatron.core");
        json.TryAdd("revision", null);
    }

    private static ModuleSelection? ReadSelection(FieldReader fields, string name) =>
        fields.Read(
            name,
            fallback: (ModuleSelection?)null,
            field =>
            {
                if (field.Kind == JsonValueKind.Array)
                {
                    return field.ItemCount == 0
                        ? null
                        : ModuleSelection.FromNames([.. field.Items().Select(item => item.AsString())]);
                }

                var text = field.AsString();
                try
                {
                    return string.Equals(text, ModuleSelection.AllLinearWord, StringComparison.OrdinalIgnoreCase)
                        ? ModuleSelection.AllLinear
                        : ModuleSelection.FromPattern(text);
                }
                catch (ArgumentException)
                {
                    throw field.Expected("a list of names, all-linear or a regular expression");
                }
            }
        );

    private static LoraBias ReadBias(JsonField field) =>
        field.AsString() switch
        {
            "none" => LoraBias.None,
            "all" => LoraBias.All,
            "lora_only" => LoraBias.LoraOnly,
            _ => throw field.Expected("none, all or lora_only"),
        };

    /// <summary>Some ways of starting also change the base model, which then is not the one that is loaded here.</summary>
    private static LoraInitialization ReadInitialization(JsonField field) =>
        field.Kind switch
        {
            JsonValueKind.True => LoraInitialization.Default,
            JsonValueKind.False => LoraInitialization.Random,
            _ => field.AsString() switch
            {
                "gaussian" => LoraInitialization.Gaussian,
                "eva" or "orthogonal" => LoraInitialization.Default,
                _ => throw field.Expected("true, false, gaussian, eva or orthogonal, which leave the base model alone"),
            },
        };

    private static List<T>? ReadList<T>(FieldReader fields, string name, Func<JsonField, T> read) =>
        fields.Read(
            name,
            fallback: (List<T>?)null,
            field => field.Kind == JsonValueKind.Array ? [.. field.Items().Select(read)] : [read(field)]
        );

    private static Dictionary<string, T> ReadPattern<T>(FieldReader fields, string name, Func<JsonField, T> read) =>
        fields.Read(
            name,
            new Dictionary<string, T>(StringComparer.Ordinal),
            field => field.Members().ToDictionary(item => item.Key, item => read(item.Value), StringComparer.Ordinal)
        );

    private static bool IsEmpty(JsonField field) =>
        field.Kind switch
        {
            JsonValueKind.False => true,
            JsonValueKind.Array => field.ItemCount == 0,
            JsonValueKind.Object => !field.Members().Any(),
            _ => false,
        };

    private static JsonNode ToNode(ModuleSelection selection) =>
        selection.Names.Count > 0
            ? new JsonArray([.. selection.Names.Select(name => JsonValue.Create(name))])
            : JsonValue.Create(selection.ToString());

    private static JsonArray? ToNode<T>(IReadOnlyList<T>? values, Func<T, JsonNode> convert) =>
        values is null ? null : new JsonArray([.. values.Select(convert)]);

    private static JsonObject ToNode<T>(IReadOnlyDictionary<string, T> values, Func<T, JsonNode> convert)
    {
        var node = new JsonObject();
        foreach (var (key, value) in values)
        {
            node[key] = convert(value);
        }

        return node;
    }

    /// <summary>A number that was an integer in Python stays one.</summary>
    private static JsonNode Number(double value) =>
        value == Math.Floor(value) && Math.Abs(value) < 1e15 ? JsonValue.Create((long)value) : JsonValue.Create(value);
}
