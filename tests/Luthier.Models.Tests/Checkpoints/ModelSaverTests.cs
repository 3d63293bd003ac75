using Luthier.Formats.Json;
using Luthier.Formats.Tests;
using Luthier.Formats.Weights;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Tests.Checkpoints;

public sealed class ModelSaverTests
{
    [Fact]
    public void Shards_and_index_are_those_of_transformers_byte_for_byte()
    {
        var expected = TestData.Shared("fixtures/save-layout/sharded");
        using var folder = TestData.TempFolder();
        using var model = ModelLoader.Load(expected);
        ModelSaver.Save(model, folder, new SaveOptions { MaxShardBytes = ByteSize.Parse("100KB") });
        ShouldHoldTheSame(folder, expected);
    }

    [Theory]
    [InlineData("llama-tiny")]
    [InlineData("llama-tiny-bf16")]
    [InlineData("qwen2-tiny")]
    [InlineData("gemma2-tiny")]
    public void A_single_file_is_that_of_transformers_byte_for_byte(string name)
    {
        var expected = TestData.Shared($"fixtures/{name}");
        using var folder = TestData.TempFolder();
        using var model = ModelLoader.Load(expected);
        ModelSaver.Save(model, folder);
        ShouldHoldTheSame(folder, expected, [ModelConfig.FileName, GenerationConfig.FileName, "model.safetensors"]);
    }

    [Theory]
    [InlineData("model", 1000)]
    [InlineData("pytorch_model", 1000)]
    [InlineData("pytorch_model", long.MaxValue)]
    public void What_is_saved_is_loaded_again(string stem, long maxShardBytes)
    {
        var format = stem is "model" ? WeightNaming.Safetensors : WeightNaming.PyTorch;
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("qwen3", "\"tie_word_embeddings\": true");
        var plan = ModelSaver.Save(model, folder, new SaveOptions { Format = format, MaxShardBytes = maxShardBytes });
        plan.HasIndex.ShouldBe(maxShardBytes == 1000);
        using var loaded = ModelLoader.Load(folder);
        loaded.IsTied.ShouldBeTrue();
        ShouldEqual(loaded, model);
    }

    [Theory]
    [InlineData(DType.BFloat16)]
    [InlineData(DType.Float16)]
    public void Another_element_type_is_rounded_and_named(DType dtype)
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama");
        ModelSaver.Save(model, folder, new SaveOptions { DType = dtype });
        using var loaded = ModelLoader.Load(folder);
        loaded.Config.DType.ShouldBe(dtype);
        foreach (var (name, tensor) in model.Parameters)
        {
            var rounded = Tensor.Create(dtype, tensor.Shape);
            Conversion.Copy(tensor, rounded);
            loaded[name].DType.ShouldBe(dtype);
            loaded[name].AsBytes().SequenceEqual(rounded.AsBytes()).ShouldBeTrue(name);
        }
    }

    [Fact]
    public void Files_of_an_earlier_save_are_removed_and_the_tokenizers_carried_over()
    {
        using var source = TestData.TempFolder();
        using var folder = TestData.TempFolder();
        using (var model = TestModels.Random("llama"))
        {
            ModelSaver.Save(model, source);
            ModelSaver.Save(model, folder, new SaveOptions { MaxShardBytes = 1000 });
            ModelSaver.Save(model, folder, new SaveOptions { Format = WeightNaming.PyTorch });
        }

        File.WriteAllText(source["tokenizer.json"], "{}");
        File.WriteAllText(source["merges.txt"], "a b");
        File.WriteAllText(source["notes.txt"], "mine");
        using var loaded = ModelLoader.Load(source);
        ModelSaver.Save(loaded, folder);
        Directory
            .EnumerateFiles(folder)
            .Select(file => Path.GetFileName(file)!)
            .Order(StringComparer.Ordinal)
            .ShouldBe(["config.json", "generation_config.json", "merges.txt", "model.safetensors", "tokenizer.json"]);
    }

    [Fact]
    public void A_folder_can_be_saved_over_itself()
    {
        using var folder = TestData.TempFolder();
        using var original = TestModels.Random("llama");
        ModelSaver.Save(original, folder);
        using (var model = ModelLoader.Load(folder))
        {
            ModelSaver.Save(model, folder);
        }

        using var again = ModelLoader.Load(folder);
        ShouldEqual(again, original);
    }

    [Fact]
    public void PyTorch_reads_our_bin_files()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", "\"torch_dtype\": \"bfloat16\"");
        ModelSaver.Save(model, folder, new SaveOptions { Format = WeightNaming.PyTorch, DType = DType.BFloat16 });
        var shown = Python.Run("dump(torch.load(sys.argv[1]))", folder["pytorch_model.bin"]);
        shown.Members().Select(member => member.Key).ShouldBe(model.Parameters.Select(parameter => parameter.Name));
        foreach (var (name, tensor) in model.Parameters)
        {
            var rounded = Tensor.Create(DType.BFloat16, tensor.Shape);
            Conversion.Copy(tensor, rounded);
            Python.ShouldShow(shown[name], "bfloat16", tensor.Shape, rounded.AsBytes());
        }
    }

    [Fact]
    public void An_untied_output_projection_is_written_and_said_to_be_untied()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("gemma2");
        model.IsTied.ShouldBeTrue();
        var head = Tensor.Create(DType.Float32, model.Head.Weight.Shape);
        model["lm_head.weight"] = head;
        ModelSaver.Save(model, folder);
        JsonFile.Read(folder[ModelConfig.FileName])["tie_word_embeddings"].AsBoolean().ShouldBeFalse();
        using var loaded = ModelLoader.Load(folder);
        loaded.IsTied.ShouldBeFalse();
        loaded.Head.Weight.ToFloats().ShouldAllBe(value => value == 0);
        loaded.Embedding.Weight.ToFloats().ShouldBe(model.Embedding.Weight.ToFloats());
    }

    private static void ShouldEqual(Transformer actual, Transformer expected)
    {
        actual.Parameters.Select(p => p.Name).ShouldBe(expected.Parameters.Select(p => p.Name));
        foreach (var (name, tensor) in expected.Parameters)
        {
            actual[name].ToFloats().ShouldBe(tensor.ToFloats(), name);
        }
    }

    private static void ShouldHoldTheSame(string folder, string expected, string[]? names = null)
    {
        names ??= [.. Directory.EnumerateFiles(expected).Select(file => Path.GetFileName(file))];
        Directory.EnumerateFiles(folder).Count().ShouldBe(names.Length);
        foreach (var name in names)
        {
            var actual = File.ReadAllBytes(Path.Combine(folder, name));
            actual.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(expected, name))).ShouldBeTrue(name);
        }
    }
}
