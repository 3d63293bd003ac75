using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Tests.Fixtures;

namespace Luthier.Models.Tests.Checkpoints;

public sealed class RandomWeightsTests
{
    [Fact]
    public void Weights_are_normal_norms_neutral_and_biases_zero()
    {
        var config = TestModels.Config(
            "qwen2",
            "\"hidden_size\": 128, \"initializer_range\": 0.05, \"pad_token_id\": 3"
        );
        using var model = RandomWeights.Create(config, seed: 7);
        foreach (var (name, tensor) in model.Parameters)
        {
            var values = tensor.ToFloats();
            if (name.EndsWith("norm.weight", StringComparison.Ordinal))
            {
                values.ShouldAllBe(value => value == 1, name);
            }
            else if (name.EndsWith("bias", StringComparison.Ordinal))
            {
                values.ShouldAllBe(value => value == 0, name);
            }
            else
            {
                values.Average().ShouldBe(0, 0.05f * 5 / MathF.Sqrt(values.Length), name);
                Math.Sqrt(values.Average(value => (double)value * value)).ShouldBe(0.05, 0.003, name);
            }
        }

        model.Embedding.Weight.Slice(3, 1).ToFloats().ShouldAllBe(value => value == 0);
        model.Config.DType.ShouldBe(Luthier.Tensors.DType.Float32);
    }

    [Fact]
    public void Norms_with_an_offset_start_at_zero()
    {
        using var model = RandomWeights.Create(TestModels.Config("gemma2"), seed: 7);
        model.Norms.Values.ShouldAllBe(norm => norm.Weight.ToFloats().All(value => value == 0));
    }

    [Fact]
    public void Equal_seeds_give_equal_weights_and_others_do_not()
    {
        var config = TestModels.Config("llama");
        using var first = RandomWeights.Create(config, seed: 7);
        using var second = RandomWeights.Create(config, seed: 7);
        using var third = RandomWeights.Create(config, seed: 8);
        second.Head.Weight.ToFloats().ShouldBe(first.Head.Weight.ToFloats());
        third.Head.Weight.ToFloats().ShouldNotBe(first.Head.Weight.ToFloats());
    }

    [Fact]
    public void A_new_model_is_saved_with_all_that_a_reader_needs()
    {
        using var folder = TestData.TempFolder();
        using var model = RandomWeights.Create(TestModels.Config("mistral", "\"eos_token_id\": 2"), seed: 1);
        ModelSaver.Save(model, folder);
        var json = ModelConfig.Load(folder).ToJson();
        json["architectures"]![0]!.GetValue<string>().ShouldBe("MistralForCausalLM");
        json["torch_dtype"]!.GetValue<string>().ShouldBe("float32");
        GenerationConfig.Load(folder, model.Config).EndOfSequence.ShouldBe([2]);
    }
}
