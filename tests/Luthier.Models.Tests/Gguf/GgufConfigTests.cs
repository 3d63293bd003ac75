using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Gguf;
using Luthier.Models.Quantization;
using Luthier.Models.Tests.Fixtures;
using Luthier.Tensors;

namespace Luthier.Models.Tests.Gguf;

public sealed class GgufConfigTests
{
    [Fact]
    public void Sizes_and_special_tokens_come_from_the_metadata()
    {
        using var folder = TestData.TempFolder();
        var config = Read(
            folder,
            GgufValue.Of("llama.attention.head_count_kv", (ReadOnlySpan<int>)[2, 2]),
            GgufValue.Of("llama.rope.freq_base", 500000f),
            GgufValue.Of("tokenizer.ggml.tokens", ["a", "b", "<|eot_id|>", "<|im_end|>"]),
            GgufValue.Of("tokenizer.ggml.token_type", (ReadOnlySpan<int>)[1, 1, 3, 1]),
            GgufValue.Of("tokenizer.ggml.bos_token_id", 0),
            GgufValue.Of("tokenizer.ggml.eos_token_id", 1)
        );
        config.ModelType.ShouldBe("llama");
        (config.HiddenSize, config.Heads, config.KeyValueHeads, config.HeadDimension).ShouldBe((64, 4, 2, 16));
        config.RopeTheta.ShouldBe(500000);
        config.VocabularySize.ShouldBe(4);
        config.TiedEmbeddings.ShouldBeTrue();
        config.BeginOfSequence.ShouldBe(0);

        // The text of a normal token ends nothing.
        config.EndOfSequence.ShouldBe([1, 2]);
        config.Padding.ShouldBeNull();
    }

    public static TheoryData<string, GgufValue> Mistakes =>
        new()
        {
            {
                "metadata general.architecture: expected one of llama, qwen2, qwen3, gemma2, found \"phi3\"",
                GgufValue.Of("general.architecture", "phi3")
            },
            {
                "metadata llama.block_count: expected an integer of 1 or more, found \"two\"",
                GgufValue.Of("llama.block_count", "two")
            },
            { "metadata llama.expert_count: expected 0, found 8", GgufValue.Of("llama.expert_count", 8) },
            {
                "metadata llama.attention.value_length: expected 16, found 8",
                GgufValue.Of("llama.attention.value_length", 8)
            },
            {
                "metadata llama.rope.dimension_count: expected 16, found 8",
                GgufValue.Of("llama.rope.dimension_count", 8)
            },
            {
                "expected the same number above 0 for all layers",
                GgufValue.Of("llama.attention.head_count_kv", (ReadOnlySpan<int>)[4, 2])
            },
            {
                "metadata llama.rope.scaling.type: expected none, linear or yarn, found \"longrope\"",
                GgufValue.Of("llama.rope.scaling.type", "longrope")
            },
            { "metadata split.count: expected a model in one file", GgufValue.Of("split.count", 3) },
            { "num_attention_heads", GgufValue.Of("llama.attention.head_count", 3) },
            { "num_attention_heads", GgufValue.Of("llama.attention.head_count", 1 << 30) },
            { "intermediate_size", GgufValue.Of("llama.feed_forward_length", int.MaxValue) },
        };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void Says_what_is_wrong(string complaint, GgufValue value)
    {
        using var folder = TestData.TempFolder();
        var exception = Should.Throw<InvalidFileException>(() => Read(folder, value));
        exception.Path.ShouldBe(folder["a.gguf"]);
        exception.Message.ShouldContain(complaint);
    }

    [Fact]
    public void A_key_that_is_missing_is_named()
    {
        using var folder = TestData.TempFolder();
        GgufWriter.Write(folder["a.gguf"], [GgufValue.Of("general.architecture", "qwen2")], []);
        Should
            .Throw<InvalidFileException>(() => ModelConfig.Load(folder["a.gguf"]))
            .Message.ShouldContain("metadata qwen2.embedding_length is missing");
    }

    [Fact]
    public void Factors_that_follow_no_rule_are_refused()
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.gguf"];
        GgufWriter.Write(
            path,
            Metadata(),
            [TensorSource.From("rope_freqs.weight", Tensor.FromValues([1, 2, 1, 8, 3, 1, 1, 1], 8))]
        );
        Should
            .Throw<InvalidFileException>(() => ModelConfig.Load(path))
            .Message.ShouldContain("tensor 'rope_freqs.weight': its factors are not of Llama 3's rule");
        GgufWriter.Write(path, Metadata(), [TensorSource.From("rope_freqs.weight", Tensor.FromValues([1, 1], 2))]);
        Should
            .Throw<InvalidFileException>(() => ModelConfig.Load(path))
            .Message.ShouldContain("expected 8 factors in Float32");
    }

    [Fact]
    public void Tensors_that_do_not_fit_are_named_at_once()
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.gguf"];
        GgufWriter.Write(
            path,
            Metadata(),
            [
                TensorSource.From("token_embd.weight", Tensor.Create(DType.Q8_0, 4, 64)),
                TensorSource.From("output_norm.weight", Tensor.Create(DType.Q8_0, 64)),
                TensorSource.From("blk.0.attn_q.weight", Tensor.Create(DType.Float32, 3, 64)),
                TensorSource.From("blk.9.attn_q.weight", Tensor.Create(DType.Float32, 64, 64)),
            ]
        );
        var message = Should.Throw<InvalidFileException>(() => ModelLoader.Load(path)).Message;
        message.ShouldContain("does not hold the weights that its metadata describes");
        message.ShouldContain("it lacks 17 tensors: model.layers.0.self_attn.k_proj.weight");
        message.ShouldContain("model.norm.weight Q8_0[64] (expected floating-point [64])");
        message.ShouldContain(
            "model.layers.0.self_attn.q_proj.weight Float32[3, 64] (expected floating-point [64, 64])"
        );
        message.ShouldContain("1 unknown tensor: blk.9.attn_q.weight");
    }

    [Theory]
    [InlineData("llama", "\"rope_scaling\": {\"rope_type\": \"dynamic\", \"factor\": 2}", "dynamic rotary scaling")]
    [InlineData("llama", "\"hidden_act\": \"gelu\"", "another activation")]
    [InlineData("qwen3", "\"attention_bias\": true", "biases of this kind of attention")]
    [InlineData("gemma2", "\"query_pre_attn_scalar\": 100", "another scale of the attention's scores")]
    public void What_a_file_has_no_place_for_is_refused(string type, string fields, string complaint)
    {
        using var folder = TestData.TempFolder();
        using (var model = TestModels.Random(type, fields))
        {
            ModelSaver.Save(model, folder["model"]);
        }

        using var export = new GgufExport(folder["model"], WeightMix.Half);
        Should
            .Throw<NotSupportedException>(() =>
                export.Write(folder["a.gguf"], [], progress: null, CancellationToken.None)
            )
            .Message.ShouldContain(complaint);
        File.Exists(folder["a.gguf"]).ShouldBeFalse();
    }

    [Fact]
    public void A_window_that_the_file_can_not_hold_is_noted()
    {
        using var folder = TestData.TempFolder();
        using (var model = TestModels.Random("mistral", "\"sliding_window\": 32"))
        {
            ModelSaver.Save(model, folder["model"]);
        }

        using var export = new GgufExport(folder["model"], WeightMix.Half);
        var report = export.Write(folder["a.gguf"], [], progress: null, CancellationToken.None);
        report.Notes.ShouldHaveSingleItem().ShouldContain("last 32 tokens");
    }

    [Fact]
    public void Damaged_files_are_refused_or_work()
    {
        using var folder = TestData.TempFolder();
        using (var model = TestModels.Random("llama", "\"tie_word_embeddings\": true"))
        {
            ModelSaver.Save(model, folder["model"]);
        }

        var path = folder["a.gguf"];
        using (var export = new GgufExport(folder["model"], WeightMix.Half))
        {
            export.Write(path, [GgufValue.Of("tokenizer.ggml.tokens", ["x"])], progress: null, CancellationToken.None);
        }

        var good = File.ReadAllBytes(path);
        var random = new Random(1);
        for (var trial = 0; trial < 400; trial++)
        {
            var bytes = (byte[])good.Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(2500)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, bytes);
            try
            {
                ModelLoader.Load(path).Dispose();
            }
            catch (InvalidFileException exception)
            {
                exception.Message.ShouldNotContain('\n');
            }
        }
    }

    private static ModelConfig Read(TempFolder folder, params ReadOnlySpan<GgufValue> values)
    {
        GgufWriter.Write(folder["a.gguf"], Metadata(values), []);
        return ModelConfig.Load(folder["a.gguf"]);
    }

    // A small Llama; given values take the place of these.
    private static GgufValue[] Metadata(params ReadOnlySpan<GgufValue> values)
    {
        var all = new OrderedDictionary<string, GgufValue>(StringComparer.Ordinal);
        GgufValue[] usual =
        [
            GgufValue.Of("general.architecture", "llama"),
            GgufValue.Of("llama.embedding_length", 64),
            GgufValue.Of("llama.block_count", 2),
            GgufValue.Of("llama.feed_forward_length", 128),
            GgufValue.Of("llama.attention.head_count", 4),
            GgufValue.Of("llama.attention.layer_norm_rms_epsilon", 1e-5f),
            GgufValue.Of("llama.context_length", 256),
            GgufValue.Of("llama.vocab_size", 4),
        ];
        foreach (var value in (ReadOnlySpan<GgufValue>)[.. usual, .. values])
        {
            all[value.Key] = value;
        }

        return [.. all.Values];
    }
}
