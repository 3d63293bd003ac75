using Luthier.Formats.Json;
using Luthier.Formats.Tests;
using Luthier.Formats.Weights;
using Luthier.Models.Checkpoints;
using Luthier.Models.Tests.Fixtures;
using Luthier.Tensors;

namespace Luthier.Models.Tests.Checkpoints;

public sealed class MetaCheckpointTests
{
    // view(H, 2, d/H/2, dim).transpose(1, 2).reshape(d, dim), written with PyTorch's own operations.
    private const string Unpermute = """
        tensors = torch.load(sys.argv[1])
        layer = sys.argv[2]
        def back(w, heads):
            return w.view(heads, 2, w.shape[0] // heads // 2, w.shape[1]).transpose(1, 2).reshape(w.shape)
        dump({
            "q": back(tensors["model.layers." + layer + ".self_attn.q_proj.weight"], 4),
            "k": back(tensors["model.layers." + layer + ".self_attn.k_proj.weight"], 2),
        })
        """;

    private const string Square = "\"hidden_size\": 32, \"intermediate_size\": 88, \"rms_norm_eps\": 1e-5";

    [Fact]
    public void Names_and_values_are_those_of_the_layout()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", Square);
        MetaCheckpoint.Export(model, folder);
        using var files = WeightFiles.OpenFile(folder[MetaCheckpoint.WeightsName]);
        var expected = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["tok_embeddings.weight"] = "model.embed_tokens.weight",
            ["norm.weight"] = "model.norm.weight",
            ["output.weight"] = "lm_head.weight",
        };
        for (var layer = 0; layer < 3; layer++)
        {
            expected[$"layers.{layer}.attention.wv.weight"] = $"model.layers.{layer}.self_attn.v_proj.weight";
            expected[$"layers.{layer}.attention.wo.weight"] = $"model.layers.{layer}.self_attn.o_proj.weight";
            expected[$"layers.{layer}.feed_forward.w1.weight"] = $"model.layers.{layer}.mlp.gate_proj.weight";
            expected[$"layers.{layer}.feed_forward.w2.weight"] = $"model.layers.{layer}.mlp.down_proj.weight";
            expected[$"layers.{layer}.feed_forward.w3.weight"] = $"model.layers.{layer}.mlp.up_proj.weight";
            expected[$"layers.{layer}.attention_norm.weight"] = $"model.layers.{layer}.input_layernorm.weight";
            expected[$"layers.{layer}.ffn_norm.weight"] = $"model.layers.{layer}.post_attention_layernorm.weight";
        }

        files.Tensors.Count.ShouldBe(expected.Count + 6);
        foreach (var (meta, name) in expected)
        {
            files.Get(meta).ToFloats().ShouldBe(model[name].ToFloats(), meta);
        }
    }

    [Fact]
    public void Rows_of_queries_and_keys_change_places_as_pytorch_does_it()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", Square);
        ModelSaver.Save(model, folder, new SaveOptions { Format = WeightNaming.PyTorch });
        MetaCheckpoint.Export(model, folder);
        using var files = WeightFiles.OpenFile(folder[MetaCheckpoint.WeightsName]);
        foreach (var layer in (string[])["0", "2"])
        {
            var shown = Python.Run(Unpermute, folder["pytorch_model.bin"], layer);
            Show("q", files.Get($"layers.{layer}.attention.wq.weight"));
            Show("k", files.Get($"layers.{layer}.attention.wk.weight"));

            void Show(string name, Tensor tensor) =>
                Python.ShouldShow(shown[name], "float32", tensor.Shape, tensor.AsBytes());
        }
    }

    [Fact]
    public void Parameters_are_the_models_own()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", Square + ", \"rope_theta\": 500000.0");
        MetaCheckpoint.Export(model, folder, DType.Float16);
        var json = JsonFile.Read(folder[MetaCheckpoint.ParametersName]);
        json["dim"].AsInt32().ShouldBe(32);
        json["n_heads"].AsInt32().ShouldBe(4);
        json["n_kv_heads"].AsInt32().ShouldBe(2);
        json["n_layers"].AsInt32().ShouldBe(3);
        json["vocab_size"].AsInt32().ShouldBe(61);
        json["norm_eps"].AsDouble().ShouldBe(1e-5);
        json["rope_theta"].AsDouble().ShouldBe(500000);
        json["multiple_of"].AsInt32().ShouldBe(8);
        using var files = WeightFiles.OpenFile(folder[MetaCheckpoint.WeightsName]);
        files.Tensors.Values.ShouldAllBe(tensor => tensor.DType == DType.Float16);
    }

    [Theory]
    [InlineData(4096, 11008, 256, null)]
    [InlineData(5120, 13824, 256, null)]
    [InlineData(6656, 17920, 256, null)]
    [InlineData(8192, 22016, 256, null)]
    [InlineData(8192, 28672, 4096, 1.3)]
    [InlineData(4096, 14336, 1024, 1.3)]
    public void The_feed_forward_rule_of_published_models(
        int hidden,
        int intermediate,
        int multiple,
        double? multiplier
    ) => MetaParameters.FeedForward(hidden, intermediate).ShouldBe((multiple, multiplier));

    [Theory]
    [InlineData(24, 40)]
    [InlineData(64, 176)]
    [InlineData(4096, 12345)]
    public void The_feed_forward_rule_gives_any_size(int hidden, int intermediate)
    {
        var (multiple, multiplier) = MetaParameters.FeedForward(hidden, intermediate);
        var size = (int)((multiplier ?? 1) * (int)(2 * (4 * hidden) / 3.0));
        (multiple * ((size + multiple - 1) / multiple)).ShouldBe(intermediate);
    }

    [Theory]
    [InlineData("llama", Square + ", \"mlp_bias\": true")]
    [InlineData("llama", "")]
    [InlineData("qwen2", Square)]
    [InlineData("mistral", Square)]
    [InlineData("llama", Square + ", \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 2}")]
    public void A_model_that_the_layout_cannot_hold_is_refused(string type, string fields)
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random(type, fields);
        Should.Throw<NotSupportedException>(() => MetaCheckpoint.Export(model, folder));
        Directory.EnumerateFiles(folder).ShouldBeEmpty();
    }
}
