using System.Text.Json.Nodes;
using Luthier.Formats;
using Luthier.Models.Adapters;
using Luthier.Models.Configuration;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Tests.Configuration;

public sealed class ModelConfigTests
{
    [Theory]
    [InlineData("llama", 4096, 11008, 32, 32, 32, 128, 32000, 2048, 1e-6f, false)]
    [InlineData("mistral", 4096, 14336, 32, 32, 8, 128, 32000, 131072, 1e-6f, false)]
    [InlineData("qwen2", 4096, 22016, 32, 32, 32, 128, 151936, 32768, 1e-6f, false)]
    [InlineData("qwen3", 4096, 22016, 32, 32, 32, 128, 151936, 32768, 1e-6f, false)]
    [InlineData("gemma2", 2304, 9216, 26, 8, 4, 256, 256000, 8192, 1e-6f, true)]
    public void Missing_fields_are_what_transformers_assumes(
        string type,
        int hidden,
        int intermediate,
        int layers,
        int heads,
        int keyValueHeads,
        int headDimension,
        int vocabulary,
        int positions,
        float epsilon,
        bool tied
    )
    {
        var config = TestModels.Parse($$"""{"model_type": "{{type}}"}""");
        config.HiddenSize.ShouldBe(hidden);
        config.IntermediateSize.ShouldBe(intermediate);
        config.Layers.ShouldBe(layers);
        config.Heads.ShouldBe(heads);
        config.KeyValueHeads.ShouldBe(keyValueHeads);
        config.HeadDimension.ShouldBe(headDimension);
        config.VocabularySize.ShouldBe(vocabulary);
        config.MaxPositions.ShouldBe(positions);
        config.NormEpsilon.ShouldBe(epsilon);
        config.TiedEmbeddings.ShouldBe(tied);
        config.RopeTheta.ShouldBe(10000);
        config.RopeScaling.ShouldBe(RopeScaling.None);
        config.InitializerRange.ShouldBe(0.02);
    }

    [Fact]
    public void Families_differ_in_biases_norms_caps_and_scales()
    {
        var llama = TestModels.Parse("""{"model_type": "llama", "attention_bias": true, "mlp_bias": true}""");
        (llama.AttentionBias, llama.AttentionOutputBias, llama.MlpBias).ShouldBe((true, true, true));
        llama.AttentionScale.ShouldBe(1 / Math.Sqrt(128));

        var qwen2 = TestModels.Parse("""{"model_type": "qwen2", "attention_bias": false}""");
        (qwen2.AttentionBias, qwen2.AttentionOutputBias, qwen2.MlpBias).ShouldBe((true, false, false));

        var qwen3 = TestModels.Parse("""{"model_type": "qwen3"}""");
        (qwen3.AttentionBias, qwen3.QueryKeyNorm).ShouldBe((false, true));

        var gemma2 = TestModels.Parse("""{"model_type": "gemma2"}""");
        (gemma2.NormOffset, gemma2.ScaledEmbedding, gemma2.FeedForwardNorms).ShouldBe((1, true, true));
        (gemma2.AttentionSoftcap, gemma2.FinalSoftcap).ShouldBe((50, 30));
        gemma2.AttentionScale.ShouldBe(1 / 16.0);
        gemma2.Activation.ShouldBe(Activation.GeluTanh);
    }

    [Fact]
    public void Null_means_none_where_transformers_takes_it_so()
    {
        TestModels
            .Parse("""{"model_type": "mistral", "num_key_value_heads": null, "sliding_window": null}""")
            .KeyValueHeads.ShouldBe(32);
        var gemma2 = TestModels.Parse(
            """{"model_type": "gemma2", "attn_logit_softcapping": null, "final_logit_softcapping": null}"""
        );
        (gemma2.AttentionSoftcap, gemma2.FinalSoftcap).ShouldBe((0, 0));
        TestModels.Parse("""{"model_type": "qwen3", "head_dim": null}""").HeadDimension.ShouldBe(128);
    }

    [Theory]
    [InlineData("llama", "\"sliding_window\": 16", "0 0 0")]
    [InlineData("mistral", "\"sliding_window\": 16", "16 16 16")]
    [InlineData("mistral", "\"sliding_window\": null", "0 0 0")]
    [InlineData("mistral", "", "4096 4096 4096")]
    [InlineData("qwen2", "\"sliding_window\": 16, \"max_window_layers\": 1", "0 0 0")]
    [InlineData("qwen2", "\"use_sliding_window\": true, \"sliding_window\": 16, \"max_window_layers\": 1", "0 16 16")]
    [InlineData("qwen3", "\"use_sliding_window\": true, \"sliding_window\": 16", "0 0 0")]
    [InlineData("gemma2", "\"sliding_window\": 16", "16 0 16")]
    [InlineData(
        "gemma2",
        "\"sliding_window\": 16, \"layer_types\": [\"full_attention\", \"sliding_attention\", \"full_attention\"]",
        "0 16 0"
    )]
    public void Windows_follow_the_family(string type, string fields, string windows) =>
        string.Join(' ', TestModels.Config(type, fields).Windows).ShouldBe(windows);

    [Theory]
    [InlineData("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}", RopeScalingKind.Linear)]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"dynamic\", \"factor\": 2.0}", RopeScalingKind.Dynamic)]
    [InlineData(
        "\"rope_scaling\": {\"rope_type\": \"yarn\", \"type\": \"linear\", \"factor\": 2.0}",
        RopeScalingKind.Yarn
    )]
    [InlineData(
        "\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 2, \"rope_theta\": 5}",
        RopeScalingKind.Linear
    )]
    [InlineData("\"rope_scaling\": {\"rope_type\": \"default\"}", RopeScalingKind.Default)]
    [InlineData("\"rope_scaling\": null", RopeScalingKind.Default)]
    public void Rotary_scaling_is_read_in_each_spelling(string fields, RopeScalingKind kind)
    {
        var config = TestModels.Config("llama", fields);
        config.RopeScaling.Kind.ShouldBe(kind);
        config.RopeScaling.Factor.ShouldBe(kind == RopeScalingKind.Default ? 1 : 2);
        config.RopeTheta.ShouldBe(fields.Contains("rope_theta", StringComparison.Ordinal) ? 5 : 10000);
    }

    [Fact]
    public void Everything_wrong_is_reported_at_once()
    {
        const string json = """
            {"model_type": "llama", "hidden_size": "big", "num_attention_heads": 3, "num_key_value_heads": 2,
             "hidden_act": "relu6", "rms_norm_eps": 0, "head_dim": 7, "tie_word_embeddings": 1,
             "rope_scaling": {"rope_type": "llama3", "factor": -1}, "vocab_size": 0}
            """;
        var message = Should.Throw<InvalidFileException>(() => TestModels.Parse(json)).Message;
        message.ShouldStartWith("config.json: ");
        foreach (
            var part in (string[])
                [
                    "field hidden_size: expected an integer from 1 to 1048576, found \"big\"",
                    "field num_key_value_heads: expected a divisor of num_attention_heads (3), found 2",
                    "field hidden_act: expected one of silu,",
                    "field rms_norm_eps: expected a number above 0, found 0",
                    "field head_dim: expected an even number, found 7",
                    "field tie_word_embeddings: expected true or false, found 1",
                    "field rope_scaling.factor: expected a number above 0, found -1",
                    "field rope_scaling.low_freq_factor is missing",
                    "field vocab_size: expected an integer",
                ]
        )
        {
            message.ShouldContain(part);
        }
    }

    [Theory]
    [InlineData("""{"model_type": "bert"}""", "field model_type: expected one of llama, mistral")]
    [InlineData("""{"hidden_size": 8}""", "field model_type is missing")]
    [InlineData("""[1]""", "expected an object")]
    [InlineData(
        """{"model_type": "llama", "hidden_size": 10, "num_attention_heads": 4}""",
        "field hidden_size: expected a multiple of num_attention_heads (4)"
    )]
    [InlineData("""{"model_type": "llama", "quantization_config": {"bits": 4}}""", "field quantization_config")]
    [InlineData(
        """{"model_type": "llama", "partial_rotary_factor": 0.5}""",
        "field partial_rotary_factor: expected 1, found 0.5"
    )]
    [InlineData(
        """{"model_type": "llama", "rope_scaling": {"rope_type": "longrope"}}""",
        "field rope_scaling.rope_type: expected default, linear"
    )]
    [InlineData("""{"model_type": "llama", "num_hidden_layers": 2000000000}""", "field num_hidden_layers")]
    public void A_wrong_file_is_refused_with_its_field(string json, string expected) =>
        Should.Throw<InvalidFileException>(() => TestModels.Parse(json)).Message.ShouldContain(expected);

    [Theory]
    [InlineData("llama3-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("gemma2-tiny")]
    public void Any_field_with_any_value_is_read_or_refused(string folder)
    {
        string[] values =
        [
            "null",
            "true",
            "-1",
            "0",
            "1",
            "1.5",
            "1e300",
            "-1e-300",
            "2147483647",
            "99999999999999999999",
            "\"\"",
            "\"x\"",
            "\"NaN\"",
            "[]",
            "[null]",
            "[[1]]",
            "{}",
            "{\"factor\": \"x\"}",
            "{\"rope_type\": \"yarn\", \"factor\": 1e300}",
        ];
        var text = File.ReadAllText(Path.Combine(TestData.Shared($"fixtures/{folder}"), ModelConfig.FileName));
        var fields = JsonNode.Parse(text)!.AsObject();
        var refused = 0;
        foreach (var name in fields.Select(field => field.Key).ToArray())
        {
            foreach (var value in values)
            {
                var changed = fields.DeepClone().AsObject();
                changed[name] = JsonNode.Parse(value);
                try
                {
                    var config = TestModels.Parse(changed.ToJsonString());
                    TrainableParameters.OfFullModel(config).All.ShouldBeGreaterThan(0);
                    _ = new RotaryTable(config);
                }
                catch (InvalidFileException exception)
                {
                    exception.Message.ShouldContain("field ");
                    refused++;
                }
            }
        }

        refused.ShouldBeGreaterThan(100);
    }

    [Theory]
    [InlineData("float32", DType.Float32)]
    [InlineData("bfloat16", DType.BFloat16)]
    [InlineData("torch.float16", DType.Float16)]
    [InlineData("float64", null)]
    public void The_element_type_is_read(string name, DType? expected) =>
        TestModels.Config("llama", $"\"torch_dtype\": \"{name}\"").DType.ShouldBe(expected);

    [Theory]
    [InlineData("llama-tiny")]
    [InlineData("llama-tiny-bf16")]
    [InlineData("llama3-tiny")]
    [InlineData("qwen2-tiny")]
    [InlineData("mistral-tiny")]
    [InlineData("gemma2-tiny")]
    [InlineData("save-layout/sharded")]
    public void A_file_of_transformers_is_written_back_byte_for_byte(string folder)
    {
        var path = TestData.Shared($"fixtures/{folder}");
        var config = ModelConfig.Load(path);
        var text = TestModels.Text(config.ToJson()) + "\n";
        text.ShouldBe(File.ReadAllText(Path.Combine(path, ModelConfig.FileName)));
        var generation = TestModels.Text(GenerationConfig.Load(path, config).ToJson()) + "\n";
        generation.ShouldBe(File.ReadAllText(Path.Combine(path, GenerationConfig.FileName)));
    }

    [Fact]
    public void Unknown_fields_stay_and_known_changes_are_written()
    {
        var config = TestModels.Config("gemma2", "\"my_field\": {\"b\": [1, 2.50], \"a\": null}");
        var json = (config with { DType = DType.BFloat16, TiedEmbeddings = false }).ToJson();
        TestModels.Text(json["my_field"]!).ShouldBe(TestModels.Text(JsonNode.Parse("{\"a\": null, \"b\": [1, 2.5]}")!));
        json["torch_dtype"]!.GetValue<string>().ShouldBe("bfloat16");
        json["tie_word_embeddings"]!.GetValue<bool>().ShouldBeFalse();
        json["architectures"]![0]!.GetValue<string>().ShouldBe("Gemma2ForCausalLM");
        config.ToJson().ContainsKey("tie_word_embeddings").ShouldBeFalse();
    }

    [Fact]
    public void Generation_settings_take_one_stop_token_or_several()
    {
        using var folder = TestData.TempFolder();
        var config = TestModels.Config("llama", "\"eos_token_id\": [7, 8]");
        GenerationConfig.Load(folder, config).EndOfSequence.ShouldBe([7, 8]);
        File.WriteAllText(folder[GenerationConfig.FileName], """{"eos_token_id": 9, "temperature": 0.5, "top_k": 3}""");
        var generation = GenerationConfig.Load(folder, config);
        generation.EndOfSequence.ShouldBe([9]);
        (generation.Temperature, generation.TopK, generation.TopP).ShouldBe((0.5, 3, null));
        File.WriteAllText(folder[GenerationConfig.FileName], """{"eos_token_id": "x", "top_p": 2}""");
        var message = Should.Throw<InvalidFileException>(() => GenerationConfig.Load(folder, config)).Message;
        message.ShouldContain("field eos_token_id");
        message.ShouldContain("field top_p");
    }
}
