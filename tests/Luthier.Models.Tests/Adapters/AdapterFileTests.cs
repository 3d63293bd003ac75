using Luthier.Formats;
using Luthier.Formats.PyTorch;
using Luthier.Formats.Safetensors;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Tests.Adapters;

/// <summary>Adapter files as others write them, and files that are none.</summary>
public sealed class AdapterFileTests : IDisposable
{
    private const string Config = "adapter_config.json";
    private const string Weights = "adapter_model.safetensors";
    private const string Query = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";

    private readonly TempFolder folder = TestData.TempFolder();
    private readonly Transformer model = TestModels.Random("llama");
    private readonly Dictionary<string, Tensor> tensors;

    public AdapterFileTests()
    {
        var config = new LoraConfig { Rank = 2, Initialization = LoraInitialization.Random };
        var adapter = Adapter.Create(model, config, seed: 1);
        tensors = adapter.Parameters.ToDictionary(p => p.Name, p => p.Tensor, StringComparer.Ordinal);
        adapter.Save(folder);
        adapter.Detach();
    }

    [Fact]
    public void A_legacy_file_and_a_minimal_configuration_are_read()
    {
        File.Delete(folder[Weights]);
        TorchWriter.Write(folder["adapter_model.bin"], tensors.Select(item => (item.Key, item.Value)));
        File.WriteAllText(folder[Config], """{"peft_type": "LORA", "target_modules": ["q_proj", "v_proj"], "r": 2}""");
        ShouldHold(Adapter.Load(model, folder));
        ShouldHold(Adapter.Load(model, folder["adapter_model.bin"]));
    }

    [Fact]
    public void Names_with_the_adapters_name_in_them_are_read()
    {
        SafetensorsWriter.Write(
            folder[Weights],
            tensors.Select(item =>
                (item.Key.Replace(".weight", ".default.weight", StringComparison.Ordinal), item.Value)
            )
        );
        ShouldHold(Adapter.Load(model, folder));
    }

    [Fact]
    public void Half_precision_tensors_are_widened()
    {
        var halves = tensors.Select(item =>
        {
            var half = Tensor.Create(DType.Float16, item.Value.Shape);
            Conversion.Copy(item.Value, half);
            return (item.Key, half);
        });
        SafetensorsWriter.Write(folder[Weights], halves);
        Adapter.Load(model, folder).Parameters.ShouldAllBe(p => p.Tensor.DType == DType.Float32);
    }

    [Fact]
    public void Options_can_be_given_instead_of_the_files()
    {
        File.Delete(folder[Config]);
        var config = new LoraConfig { Rank = 2, Alpha = 5 };
        Adapter.Load(model, folder[Weights], config).Config.Alpha.ShouldBe(5);
    }

    [Fact]
    public void Everything_that_does_not_fit_is_named_at_once()
    {
        tensors.Remove(Query.Replace("lora_A", "lora_B", StringComparison.Ordinal));
        tensors[Query] = Tensor.Create(DType.Float32, 4, 24);
        tensors["base_model.model.model.layers.0.mlp.up_proj.lora_A.weight"] = Tensor.Create(DType.Float32, 2, 24);
        Write();
        var message = LoadFailure();
        message.ShouldContain(folder[Weights]);
        message.ShouldContain($"lacks 1 tensor: {Query.Replace("lora_A", "lora_B", StringComparison.Ordinal)};");
        message.ShouldContain($"{Query} Float32[4, 24] (expected floating-point [2, 24])");
        message.ShouldContain("1 unknown tensor: base_model.model.model.layers.0.mlp.up_proj.lora_A.weight");
    }

    [Fact]
    public void A_file_without_tensors_is_refused()
    {
        tensors.Clear();
        Write();
        LoadFailure().ShouldContain("lacks 12 tensors");
    }

    [Fact]
    public void A_file_for_two_adapters_is_refused()
    {
        tensors[Query.Replace(".weight", ".default.weight", StringComparison.Ordinal)] = tensors[Query];
        Write();
        LoadFailure().ShouldContain("twice");
    }

    [Fact]
    public void An_empty_folder_is_refused()
    {
        File.Delete(folder[Weights]);
        LoadFailure().ShouldContain("has neither adapter_model.safetensors nor adapter_model.bin");
    }

    [Theory]
    [InlineData("\"peft_type\": \"IA3\"", "field peft_type: expected LORA, found \"IA3\"")]
    [InlineData("\"r\": 0", "field r: expected an integer")]
    [InlineData("\"bias\": \"some\"", "field bias: expected none, all or lora_only")]
    [InlineData(
        "\"target_modules\": \"(q\"",
        "field target_modules: expected a list of names, all-linear or a regular expression"
    )]
    [InlineData("\"target_modules\": [\"c_attn\"]", "select nothing in the model")]
    [InlineData("\"init_lora_weights\": \"pissa\"", "field init_lora_weights: expected true, false, gaussian")]
    [InlineData("\"layer_replication\": [[0, 2]]", "field layer_replication: expected none")]
    [InlineData("\"lora_dropout\": 2", "field lora_dropout: expected a number from 0 to 1")]
    public void A_wrong_configuration_is_refused_with_its_field(string field, string expected)
    {
        var name = field[1..field.IndexOf('"', 1)];
        var rest = name is "peft_type" ? "" : "\"peft_type\": \"LORA\", ";
        File.WriteAllText(folder[Config], $"{{{rest}{field}}}");
        var message = LoadFailure();
        message.ShouldContain(expected);
        message.ShouldStartWith(folder[Config]);
    }

    [Fact]
    public void Merging_reports_how_near_the_merged_model_is()
    {
        ModelSaver.Save(model, folder["base"]);
        var report = AdapterMerge.Run(Compute.Device, folder["base"], folder, folder["merged"]);
        report.LargestDifference.ShouldBeLessThan(2e-5f);
        report.LargestLogit.ShouldBeGreaterThan(0.1f);
        report.Files.Shards.Count.ShouldBe(1);
        using var merged = ModelLoader.Load(folder["merged"]);
        merged["model.layers.0.self_attn.q_proj.weight"]
            .ToFloats()
            .ShouldNotBe(model["model.layers.0.self_attn.q_proj.weight"].ToFloats());
        merged["model.layers.0.mlp.up_proj.weight"]
            .ToFloats()
            .ShouldBe(model["model.layers.0.mlp.up_proj.weight"].ToFloats());
    }

    [Fact]
    public void Merging_an_adapter_of_zeros_is_refused_and_writes_nothing()
    {
        ModelSaver.Save(model, folder["base"]);
        foreach (var (name, tensor) in tensors.Where(t => t.Key.Contains("lora_B", StringComparison.Ordinal)))
        {
            name.ShouldNotBeEmpty();
            tensor.AsFloats().Clear();
        }

        Write();
        Should
            .Throw<InvalidFileException>(() =>
                AdapterMerge.Run(Compute.Device, folder["base"], folder, folder["merged"])
            )
            .Message.ShouldContain("changes nothing");
        Directory.Exists(folder["merged"]).ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => Adapter.Load(model, folder).Merge());
    }

    [Fact]
    public void Merging_does_not_overwrite_the_base_model()
    {
        ModelSaver.Save(model, folder["base"]);
        Should
            .Throw<ArgumentException>(() => AdapterMerge.Run(Compute.Device, folder["base"], folder, folder["base/"]))
            .Message.ShouldContain("base model");
    }

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    private void ShouldHold(Adapter adapter)
    {
        adapter.Parameters.Count().ShouldBe(tensors.Count);
        foreach (var (name, tensor) in adapter.Parameters)
        {
            tensor.ToFloats().ShouldBe(tensors[name].ToFloats(), name);
        }

        adapter.Detach();
    }

    private void Write() => SafetensorsWriter.Write(folder[Weights], tensors.Select(item => (item.Key, item.Value)));

    private string LoadFailure() => Should.Throw<InvalidFileException>(() => Adapter.Load(model, folder)).Message;
}
