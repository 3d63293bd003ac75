using Luthier.Models.Configuration;
using Luthier.Models.Quantization;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Tests.Quantization;

public sealed class WeightMixTests
{
    [Theory]
    [InlineData("q4_k_m", DType.Q4_K, DType.Q6_K)]
    [InlineData("q5_k_m", DType.Q5_K, DType.Q6_K)]
    public void Medium_mixes_give_more_bits_to_values_and_down_projections_of_some_layers(
        string name,
        DType most,
        DType some
    )
    {
        // The first and the last eighth of 32 layers, and every third between.
        int[] expected = [0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31];
        var types = Types(name, Config(32));
        foreach (var layer in Enumerable.Range(0, 32))
        {
            var special = expected.Contains(layer) ? some : most;
            types[$"model.layers.{layer}.self_attn.v_proj.weight"].ShouldBe(special, $"layer {layer}");
            types[$"model.layers.{layer}.mlp.down_proj.weight"].ShouldBe(special, $"layer {layer}");
            types[$"model.layers.{layer}.self_attn.q_proj.weight"].ShouldBe(most);
            types[$"model.layers.{layer}.mlp.up_proj.weight"].ShouldBe(most);
        }

        types["model.embed_tokens.weight"].ShouldBe(most);
        types["lm_head.weight"].ShouldBe(DType.Q6_K);
    }

    [Fact]
    public void The_small_mix_of_four_bits_gives_more_to_the_first_layers()
    {
        var types = Types("q4_k_s", Config(32));
        types["model.layers.3.self_attn.v_proj.weight"].ShouldBe(DType.Q5_K);
        types["model.layers.4.self_attn.v_proj.weight"].ShouldBe(DType.Q4_K);
        types["model.layers.3.mlp.down_proj.weight"].ShouldBe(DType.Q5_K);
        types["model.layers.4.mlp.down_proj.weight"].ShouldBe(DType.Q4_K);
        types["model.layers.0.self_attn.o_proj.weight"].ShouldBe(DType.Q4_K);
        Types("q4_k_m", Config(80))["model.layers.11.self_attn.v_proj.weight"].ShouldBe(DType.Q5_K);
    }

    [Theory]
    [InlineData("q8_0", DType.Q8_0, DType.Q8_0)]
    [InlineData("q4_0", DType.Q4_0, DType.Q6_K)]
    [InlineData("q5_1", DType.Q5_1, DType.Q6_K)]
    [InlineData("q6_k", DType.Q6_K, DType.Q6_K)]
    [InlineData("bf16", DType.BFloat16, DType.BFloat16)]
    public void A_tied_table_is_the_head_and_norms_stay_float32(string name, DType most, DType head)
    {
        var types = Types(name, Config(4, "\"tie_word_embeddings\": true"));
        types["model.embed_tokens.weight"].ShouldBe(head);
        types["model.layers.0.mlp.gate_proj.weight"].ShouldBe(most);
        types["model.layers.0.input_layernorm.weight"].ShouldBe(DType.Float32);
        types.ShouldNotContainKey("lm_head.weight");
    }

    [Theory]
    [InlineData("q4_k_m", 64, DType.Q5_0, DType.Q8_0)]
    [InlineData("q5_k_s", 64, DType.Q5_1, DType.Q8_0)]
    [InlineData("q6_k", 64, DType.Q8_0, DType.Q8_0)]
    [InlineData("q4_0", 64, DType.Q4_0, DType.Q8_0)]
    [InlineData("q4_0", 40, DType.Float16, DType.Float16)]
    [InlineData("q4_k_m", 40, DType.Float16, DType.Float16)]
    public void Rows_that_are_no_whole_blocks_get_another_type(string name, int hidden, DType most, DType head)
    {
        var types = Types(name, Config(4, hidden: hidden));
        types["model.layers.0.self_attn.q_proj.weight"].ShouldBe(most);
        types["lm_head.weight"].ShouldBe(head);
    }

    [Fact]
    public void Names_are_read_in_any_case()
    {
        WeightMix.TryParse("Q4_K_M", out var mix).ShouldBeTrue();
        mix.ToString().ShouldBe("q4_k_m");
        WeightMix.TryParse("q2_k", out _).ShouldBeFalse();
        WeightMix.Quantized.Count.ShouldBe(10);
    }

    private static ModelConfig Config(int layers, string fields = "\"initializer_range\": 0.1", int hidden = 256) =>
        TestModels.Config(
            "llama",
            $"\"hidden_size\": {hidden}, \"intermediate_size\": 512, \"head_dim\": 64, \"num_hidden_layers\": {layers}, {fields}"
        );

    private static Dictionary<string, DType> Types(string name, ModelConfig config)
    {
        WeightMix.TryParse(name, out var mix).ShouldBeTrue();
        return ModelLayout
            .Parameters(config, DType.Float32)
            .ToDictionary(
                parameter => parameter.Name,
                parameter => mix.TypeOf(parameter, config),
                StringComparer.Ordinal
            );
    }
}
