using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Gguf;
using Luthier.Models.Quantization;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;

namespace Luthier.Models.Tests.Gguf;

public sealed class GgufModelTests
{
    [Theory]
    [InlineData("llama", "")]
    [InlineData("llama", "\"attention_bias\": true, \"mlp_bias\": true, \"tie_word_embeddings\": true")]
    [InlineData("llama", "\"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 4}")]
    [InlineData(
        "llama",
        "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 32}"
    )]
    [InlineData(
        "llama",
        "\"rope_theta\": 500000, \"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4, \"original_max_position_embeddings\": 1024}"
    )]
    [InlineData("mistral", "\"sliding_window\": null")]
    [InlineData("qwen2", "")]
    [InlineData("qwen3", "")]
    [InlineData("gemma2", "\"query_pre_attn_scalar\": 8, \"sliding_window\": 5")]
    public void A_model_computes_the_same_from_a_GGUF_file(string type, string fields)
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random(type, fields);
        var path = Write(folder, model, "f32");
        using var read = ModelLoader.Load(path);
        read.Config.RopeScaling.Kind.ShouldBe(model.Config.RopeScaling.Kind);
        Logits(read).ShouldBeWithin(2e-5f, Logits(model));
    }

    [Fact]
    public void Rows_of_queries_and_keys_lie_in_rotated_pairs()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama");
        var ours = model.Linears["model.layers.0.self_attn.k_proj"].Weight.ToFloats(); // 2 heads of 8 rows of 24
        using var file = GgufFile.Open(Write(folder, model, "f32"));
        var theirs = file.Get("blk.0.attn_k.weight").ToFloats();
        theirs.AsSpan(0, 24).ToArray().ShouldBe(ours.AsSpan(0, 24).ToArray());
        theirs.AsSpan(24, 24).ToArray().ShouldBe(ours.AsSpan(4 * 24, 24).ToArray());
        theirs.AsSpan(2 * 24, 24).ToArray().ShouldBe(ours.AsSpan(24, 24).ToArray());
        theirs.AsSpan(9 * 24, 24).ToArray().ShouldBe(ours.AsSpan(12 * 24, 24).ToArray());
        file.Get("blk.0.attn_v.weight")
            .ToFloats()
            .ShouldBe(model.Linears["model.layers.0.self_attn.v_proj"].Weight.ToFloats());
    }

    [Theory]
    [InlineData("q8_0")]
    [InlineData("q4_k_m")]
    [InlineData("q6_k")]
    public void Weights_stay_in_their_blocks(string mix)
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", Wide);
        var path = Write(folder, model, mix);
        using var read = ModelLoader.Load(path);
        using var widened = ModelLoader.Load(path, new LoadOptions { Writable = true });
        var weight = read.Linears["model.layers.0.mlp.gate_proj"].Weight;
        weight.DType.IsQuantized().ShouldBeTrue();
        weight.Owner.ShouldBeOfType<GgufFile>();
        read.Norms["model.norm"].Weight.DType.ShouldBe(DType.Float32);
        widened.Parameters.ShouldAllBe(p => p.Tensor.DType == DType.Float32);
        Logits(read).ShouldBeWithin(2e-4f, Logits(widened));
    }

    [Theory]
    [InlineData("q8_0")]
    [InlineData("q5_1")]
    [InlineData("q4_k_m")]
    public void Quantizing_at_load_equals_quantizing_to_a_file(string name)
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", Wide);
        using var fromFile = ModelLoader.Load(Write(folder, model, name));
        WeightMix.TryParse(name, out var mix).ShouldBeTrue();
        using var atLoad = ModelLoader.Load(folder["model"], new LoadOptions { Quantization = mix, Threads = 2 });
        foreach (var (parameter, tensor) in atLoad.Parameters)
        {
            tensor.DType.ShouldBe(fromFile[parameter].DType, parameter);
            tensor.AsBytes().SequenceEqual(fromFile[parameter].AsBytes()).ShouldBeTrue(parameter);
        }
    }

    [Fact]
    public void A_file_is_quantized_from_another_but_not_twice()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", Wide);
        var direct = Write(folder, model, "q5_k_m");
        var plain = Write(folder, model, "f32", "plain.gguf");
        var indirect = folder["indirect.gguf"];
        WeightMix.TryParse("q5_k_m", out var mix).ShouldBeTrue();
        using (var export = new GgufExport(plain, mix))
        {
            export.Write(indirect, [], progress: null, CancellationToken.None);
        }

        using (var a = GgufFile.Open(direct))
        using (var b = GgufFile.Open(indirect))
        {
            b["general.file_type"].AsInt32().ShouldBe(17);
            b["tokenizer.ggml.model"].AsString().ShouldBe("test");
            foreach (var name in a.Tensors.Keys)
            {
                b.Get(name).AsBytes().SequenceEqual(a.Get(name).AsBytes()).ShouldBeTrue(name);
            }
        }

        Should
            .Throw<InvalidFileException>(() => new GgufExport(direct, mix))
            .Message.ShouldContain("is quantized already");
        Should.Throw<InvalidFileException>(() =>
            ModelLoader.Load(direct, new LoadOptions { Quantization = WeightMix.Quantized[0] })
        );
    }

    [Fact]
    public void A_model_folder_of_a_quantized_file_has_plain_weights()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", Wide);
        using var quantized = ModelLoader.Load(Write(folder, model, "q4_0"));
        ModelSaver.Save(quantized, folder["again"]);
        using var again = ModelLoader.Load(folder["again"]);
        again.Parameters.ShouldAllBe(p => p.Tensor.DType == DType.Float32);
        Logits(again).ShouldBeWithin(2e-4f, Logits(quantized));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_that_are_no_numbers_are_not_quantized(float value)
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", Wide);
        model.Linears["model.layers.1.mlp.up_proj"].Weight.AsFloats()[^1] = value;
        Write(folder, model, "f16");
        var message = Should.Throw<InvalidFileException>(() => Write(folder, model, "q4_0", "b.gguf")).Message;
        message.ShouldContain(
            "model.layers.1.mlp.up_proj.weight Float32[512, 256] has elements that are NaN or infinite"
        );
        File.Exists(folder["b.gguf"]).ShouldBeFalse();
        Should
            .Throw<InvalidFileException>(() =>
                ModelLoader.Load(folder["model"], new LoadOptions { Quantization = WeightMix.Quantized[0] })
            )
            .Message.ShouldBe(message);
    }

    [Fact]
    public void An_adapter_is_trained_on_quantized_weights()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", Wide);
        var path = Write(folder, model, "q4_k_m");
        using var quantized = ModelLoader.Load(path);
        using var widened = ModelLoader.Load(path, new LoadOptions { Writable = true });
        var gradients = AdapterGradients(quantized);
        var expected = AdapterGradients(widened);
        gradients.Count.ShouldBe(expected.Count);
        foreach (var (name, values) in gradients)
        {
            var norm = Norm(expected[name]);
            norm.ShouldBeGreaterThan(0, name);
            Norm([.. values.Zip(expected[name], (a, b) => a - b)]).ShouldBeLessThan(0.02 * norm, name);
        }
    }

    private static Dictionary<string, float[]> AdapterGradients(Transformer model)
    {
        model.SetTrainable(false);
        var config = new LoraConfig { Rank = 4, TargetModules = ModuleSelection.Parse(["all-linear"]) };
        var adapter = Adapter.Create(model, config, seed: 1);
        adapter.SetTrainable(true);
        foreach (var (_, tensor) in adapter.Parameters)
        {
            // New adapters have zeros in one factor, through which no gradient reaches the other.
            new SeededGenerator(2).FillNormal(tensor, 0.05);
        }

        using var tape = new Tape(Compute.Device) { Recording = true };
        var tokens = TestModels.Tokens(40);
        model.Loss(tape, Batch.FromSequences(tokens), tokens, 1f / 39);
        tape.Backward();
        return adapter.Parameters.ToDictionary(
            parameter => parameter.Name,
            parameter => parameter.Tensor.Gradient!.ToFloats(),
            StringComparer.Ordinal
        );
    }

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));

    private const string Wide =
        "\"hidden_size\": 256, \"intermediate_size\": 512, \"num_attention_heads\": 4, \"head_dim\": 64, \"initializer_range\": 0.05";

    private static string Write(TempFolder folder, Transformer model, string mix, string name = "a.gguf")
    {
        var output = folder[name];
        ModelSaver.Save(model, folder["model"]);
        WeightMix.TryParse(mix, out var parsed).ShouldBeTrue();
        using var export = new GgufExport(folder["model"], parsed) { Threads = 2 };
        export.Write(output, [GgufValue.Of("tokenizer.ggml.model", "test")], progress: null, CancellationToken.None);
        return output;
    }

    private static float[] Logits(Transformer model)
    {
        using var tape = new Tape(Compute.Device);
        var hidden = model.Forward(tape, Batch.FromSequences(TestModels.Tokens(20), TestModels.Tokens(7, seed: 3)));
        return model.Logits(tape, hidden).ToFloats();
    }
}
