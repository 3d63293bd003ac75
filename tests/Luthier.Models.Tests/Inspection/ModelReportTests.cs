using Luthier.Formats.Weights;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Inspection;
using Luthier.Models.Tests.Fixtures;
using Luthier.Tensors;

namespace Luthier.Models.Tests.Inspection;

public sealed class ModelReportTests
{
    [Theory]
    [InlineData(4096, 11008, 32, 32, 6_738_415_616, 39)]
    [InlineData(5120, 13824, 40, 40, 13_015_864_320, 82)]
    [InlineData(6656, 17920, 60, 52, 32_528_943_616, 242)]
    [InlineData(8192, 22016, 80, 64, 65_285_660_672, 402)]
    public void Shards_of_the_llama_models_in_half_precision(
        int hidden,
        int intermediate,
        int layers,
        int heads,
        long parameters,
        int shards
    )
    {
        var config = Llama(hidden, intermediate, layers, heads);
        var options = new SaveOptions { DType = DType.Float16, MaxShardBytes = ByteSize.Parse("400MB") };
        var report = ModelReport.Create(config, options: options);
        report.ParameterCount.ShouldBe(parameters);
        report.Plan.Shards.Count.ShouldBe(shards);
        report.Plan.TotalBytes.ShouldBe(2 * parameters);
        report.Trainable.ShouldBe(new TrainableParameters(parameters, parameters));
    }

    [Fact]
    public void The_trainable_line_counts_an_adapter()
    {
        var report = ModelReport.Create(Llama(5120, 13824, 40, 40), new LoraConfig { Rank = 8 });
        report
            .Trainable.ToString()
            .ShouldBe("trainable params: 6,553,600 || all params: 13,022,417,920 || trainable%: 0.05032552357220002");
    }

    [Fact]
    public void A_tied_weight_counts_once()
    {
        var tied = TestModels.Config("qwen2", "\"tie_word_embeddings\": true");
        var untied = TestModels.Config("qwen2");
        (ModelReport.Create(untied).ParameterCount - ModelReport.Create(tied).ParameterCount).ShouldBe(61 * 24);
    }

    [Theory]
    [InlineData("llama-tiny")]
    [InlineData("llama-tiny-bf16")]
    [InlineData("qwen2-tiny")]
    [InlineData("gemma2-tiny")]
    public void The_plan_is_what_a_save_writes(string name)
    {
        var folder = TestData.Shared($"fixtures/{name}");
        using var output = TestData.TempFolder();
        using var model = ModelLoader.Load(folder);
        var options = new SaveOptions { MaxShardBytes = 50_000 };
        var written = ModelSaver.Save(model, output, options);
        var planned = ModelReport.Create(ModelConfig.Load(folder), options: options).Plan;
        planned.TotalBytes.ShouldBe(written.TotalBytes);
        planned.Shards.Select(Describe).ShouldBe(written.Shards.Select(Describe));

        static string Describe(Shard shard) =>
            $"{shard.FileName}: {string.Join(", ", shard.Tensors.Select(tensor => tensor.ToString()))}";
    }

    private static ModelConfig Llama(int hidden, int intermediate, int layers, int heads) =>
        TestModels.Parse(
            $$"""
            {"model_type": "llama", "hidden_size": {{hidden}}, "intermediate_size": {{intermediate}},
             "num_hidden_layers": {{layers}}, "num_attention_heads": {{heads}}, "vocab_size": 32000}
            """
        );
}
