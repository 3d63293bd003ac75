using Luthier.Formats;
using Luthier.Formats.Safetensors;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;

namespace Luthier.Models.Tests.Checkpoints;

public sealed class ModelLoaderTests
{
    private const string Weights = "model.safetensors";

    [Fact]
    public void Weights_stay_views_of_the_file_until_they_must_be_copied()
    {
        var folder = TestData.Shared("fixtures/llama-tiny-bf16");
        using var kept = ModelLoader.Load(folder);
        using var widened = ModelLoader.Load(folder, new LoadOptions { DType = DType.Float32 });
        using var writable = ModelLoader.Load(folder, new LoadOptions { Writable = true });
        kept.Parameters.ShouldAllBe(p => p.Tensor.DType == DType.BFloat16 && p.Tensor.Owner is SafetensorsFile);
        writable.Parameters.ShouldAllBe(p => p.Tensor.DType == DType.BFloat16 && !(p.Tensor.Owner is SafetensorsFile));
        foreach (var (name, tensor) in widened.Parameters)
        {
            var expected = Tensor.Create(DType.Float32, tensor.Shape);
            Conversion.Copy(kept[name], expected);
            tensor.ToFloats().ShouldBe(expected.ToFloats(), name);
        }
    }

    [Theory]
    [InlineData("llama", DType.BFloat16)]
    [InlineData("llama", DType.Float16)]
    [InlineData("gemma2", DType.Float16)]
    [InlineData("qwen2", DType.BFloat16)]
    public void Half_precision_weights_compute_as_if_they_were_widened(string type, DType dtype)
    {
        using var folder = TestData.TempFolder();
        using (var model = TestModels.Random(type, "\"attention_bias\": true"))
        {
            ModelSaver.Save(model, folder, new SaveOptions { DType = dtype });
        }

        using var kept = ModelLoader.Load(folder);
        using var widened = ModelLoader.Load(folder, new LoadOptions { DType = DType.Float32 });
        kept.Parameters.ShouldAllBe(p => p.Tensor.DType == dtype);

        // Gemma's embedding scale is rounded along with the weights.
        var tolerance = type is "gemma2" ? 5e-3f : 1e-5f;
        Logits(kept).ShouldBeWithin(tolerance, Logits(widened));
    }

    [Fact]
    public void The_embedding_scale_is_rounded_to_the_weights_type()
    {
        using var folder = TestData.TempFolder();
        using (var model = TestModels.Random("gemma2"))
        {
            model.Embedding.Scale.ShouldBe(MathF.Sqrt(24));
            ModelSaver.Save(model, folder, new SaveOptions { DType = DType.BFloat16 });
        }

        using var half = ModelLoader.Load(folder);
        half.Embedding.Scale.ShouldBe(4.90625f);
        using var wide = ModelLoader.Load(folder, new LoadOptions { DType = DType.Float32 });
        wide.Embedding.Scale.ShouldBe(MathF.Sqrt(24));
    }

    [Fact]
    public void Everything_that_does_not_fit_is_named_at_once()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama");
        WriteConfig(folder, model.Config);
        var tensors = model.Parameters.ToDictionary(p => p.Name, p => p.Tensor, StringComparer.Ordinal);
        tensors.Remove("model.norm.weight");
        tensors.Remove("model.layers.1.mlp.up_proj.weight");
        tensors["model.layers.0.self_attn.q_proj.weight"] = Tensor.Create(DType.Float32, 3, 5);
        tensors["lm_head.weight"] = Tensor.Create(DType.Int32, 61, 24);
        tensors["model.layers.9.input_layernorm.weight"] = Tensor.Create(DType.Float32, 24);
        SafetensorsWriter.Write(folder[Weights], tensors.Select(item => (item.Key, item.Value)));
        var message = Should.Throw<InvalidFileException>(() => ModelLoader.Load(folder)).Message;
        message.ShouldBe(
            $"{folder[Weights]}: does not hold the weights that config.json describes: "
                + "it lacks 2 tensors: model.layers.1.mlp.up_proj.weight, model.norm.weight; "
                + "it has a wrong shape or type in 2 tensors: "
                + "model.layers.0.self_attn.q_proj.weight Float32[3, 5] (expected floating-point [32, 24]), "
                + "lm_head.weight Int32[61, 24] (expected floating-point [61, 24]); "
                + "it has 1 unknown tensor: model.layers.9.input_layernorm.weight"
        );
    }

    [Fact]
    public void Tensors_that_follow_from_the_configuration_may_be_there()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", "\"tie_word_embeddings\": true");
        WriteConfig(folder, model.Config);
        SafetensorsWriter.Write(
            folder[Weights],
            [
                .. model.Parameters,
                ("lm_head.weight", Tensor.Create(DType.Float32, 61, 24)),
                ("model.layers.0.self_attn.rotary_emb.inv_freq", Tensor.Create(DType.Float32, 4)),
            ]
        );
        using var loaded = ModelLoader.Load(folder);
        loaded.Head.Weight.ToFloats().ShouldBe(model.Embedding.Weight.ToFloats());
    }

    [Fact]
    public void A_tied_table_may_be_stored_under_the_heads_name()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", "\"tie_word_embeddings\": true");
        WriteConfig(folder, model.Config);
        var renamed = model.Parameters.Select(p =>
            (p.Name.Replace("model.embed_tokens", "lm_head", StringComparison.Ordinal), p.Tensor)
        );
        SafetensorsWriter.Write(folder[Weights], renamed);
        using var loaded = ModelLoader.Load(folder);
        loaded.Embedding.Weight.ToFloats().ShouldBe(model.Embedding.Weight.ToFloats());
    }

    [Fact]
    public void Double_precision_is_narrowed()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama");
        WriteConfig(folder, model.Config);
        var doubles = model.Parameters.Select(parameter =>
        {
            var wide = Tensor.Create(DType.Float64, parameter.Tensor.Shape);
            Conversion.Copy(parameter.Tensor, wide);
            return (parameter.Name, wide);
        });
        SafetensorsWriter.Write(folder[Weights], doubles);
        using var loaded = ModelLoader.Load(folder);
        loaded.Parameters.ShouldAllBe(p => p.Tensor.DType == DType.Float32);
        Logits(loaded).ShouldBe(Logits(model));
    }

    [Fact]
    public void A_folder_without_weights_or_configuration_is_refused()
    {
        using var folder = TestData.TempFolder();
        Should.Throw<IOException>(() => ModelLoader.Load(folder)).Message.ShouldContain("config.json");
        WriteConfig(folder, TestModels.Config("llama"));
        Should.Throw<InvalidFileException>(() => ModelLoader.Load(folder)).Message.ShouldContain("model.safetensors");
    }

    private static void WriteConfig(string folder, ModelConfig config) =>
        File.WriteAllText(Path.Combine(folder, ModelConfig.FileName), TestModels.Text(config.ToJson()));

    private static float[] Logits(Transformer model)
    {
        using var tape = new Tape(Compute.Device);
        return model.Logits(tape, model.Forward(tape, Batch.FromSequences(TestModels.Tokens(9)))).ToFloats();
    }
}
