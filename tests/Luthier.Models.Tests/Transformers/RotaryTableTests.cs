using Luthier.Models.Configuration;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;

namespace Luthier.Models.Tests.Transformers;

public sealed class RotaryTableTests
{
    [Theory]
    [MemberData(nameof(DecoderReferenceTests.Models), MemberType = typeof(DecoderReferenceTests))]
    public void Frequencies_and_angles_of_transformers(string name)
    {
        using var reference = new ReferenceFolder(name);
        using var tape = new Tape(Compute.Device);
        var rotary = new RotaryTable(ModelConfig.Load(reference.Path));
        var (cos, sin) = rotary.Angles(tape, reference.Integers("rope.position_ids"));
        rotary.InverseFrequencies().ToArray().ShouldBeWithin(1e-7f, reference.Floats("rope.inv_freq"));
        CheckHalf(cos.ToFloats(), reference.Floats("rope.cos"), cos.Columns);
        CheckHalf(sin.ToFloats(), reference.Floats("rope.sin"), sin.Columns);
    }

    // The values below are those of the published formulas, computed with PyTorch in float32.
    [Fact]
    public void Linear_scaling_divides_all_frequencies() =>
        Frequencies(16, 2048, "\"type\": \"linear\", \"factor\": 4.0")
            .ShouldBeWithin(
                1e-10f,
                [0.25f, 0.07905694f, 0.025f, 0.007905695f, 0.0025f, 0.0007905695f, 0.00025f, 7.905694e-05f]
            );

    [Fact]
    public void Dynamic_scaling_changes_the_base_of_long_sequences()
    {
        const string fields = "\"rope_type\": \"dynamic\", \"factor\": 2.0";
        float[] plain = [1, 0.31622776f, 0.1f, 0.031622779f, 0.01f, 0.0031622779f, 0.001f, 0.00031622779f];
        Frequencies(16, 2048, fields, length: 2048).ShouldBeWithin(1e-9f, plain);
        Frequencies(16, 2048, fields, length: 5).ShouldBeWithin(1e-9f, plain);
        Frequencies(16, 2048, fields, length: 8192)
            .ShouldBeWithin(
                1e-8f,
                [
                    1,
                    0.23948137f,
                    0.05735132f,
                    0.013734572f,
                    0.0032891738f,
                    0.00078769587f,
                    0.00018863847f,
                    4.5175395e-05f,
                ]
            );
    }

    [Fact]
    public void Yarn_ramps_over_the_dimensions() =>
        Frequencies(32, 2048, "\"rope_type\": \"yarn\", \"factor\": 4.0")
            .ShouldBeWithin(
                1e-8f,
                [
                    1,
                    0.56234133f,
                    0.31622776f,
                    0.17782794f,
                    0.1f,
                    0.050209042f,
                    0.02484647f,
                    0.012066896f,
                    0.0057142857f,
                    0.0026108704f,
                    0.001129385f,
                    0.00044456986f,
                    0.00025f,
                    0.00014058533f,
                    7.9056947e-05f,
                    4.4456985e-05f,
                ]
            );

    [Fact]
    public void Yarn_counts_from_the_original_context() =>
        Frequencies(
                32,
                131072,
                "\"rope_type\": \"yarn\", \"factor\": 4.0, \"original_max_position_embeddings\": 32768",
                theta: 1e6
            )
            .ShouldBeWithin(
                1e-8f,
                [
                    1,
                    0.42169651f,
                    0.17782794f,
                    0.074989416f,
                    0.031622779f,
                    0.013335215f,
                    0.0047799014f,
                    0.0016599617f,
                    0.00055f,
                    0.00016867858f,
                    4.4456985e-05f,
                    1.8747356e-05f,
                    7.9056936e-06f,
                    3.3338035e-06f,
                    1.4058534e-06f,
                    5.9284343e-07f,
                ]
            );

    [Fact]
    public void Yarn_takes_other_ends_of_the_ramp_and_need_not_round_them() =>
        Frequencies(
                32,
                4096,
                "\"rope_type\": \"yarn\", \"factor\": 8.0, \"beta_fast\": 16, \"beta_slow\": 2, \"truncate\": false"
            )
            .ShouldBeWithin(
                1e-8f,
                [
                    1,
                    0.56234133f,
                    0.31622776f,
                    0.17782794f,
                    0.1f,
                    0.056234129f,
                    0.031622779f,
                    0.015371677f,
                    0.0062218891f,
                    0.0021367003f,
                    0.00043557558f,
                    0.00022228493f,
                    0.000125f,
                    7.0292663e-05f,
                    3.9528473e-05f,
                    2.2228493e-05f,
                ]
            );

    [Fact]
    public void Yarn_scales_cos_and_sin()
    {
        using var tape = new Tape(Compute.Device);
        var rotary = Table(32, 2048, "\"rope_type\": \"yarn\", \"factor\": 4.0", 10000);
        var (cos, sin) = rotary.Angles(tape, [5000]);
        cos.AsFloats()[..4].ToArray().ShouldBeWithin(2e-6f, [0.17611f, -1.1384264f, -0.69189614f, -1.1359209f]);
        sin.AsFloats()[..4].ToArray().ShouldBeWithin(2e-6f, [-1.1249276f, 0.021498317f, -0.904299f, -0.07849005f]);
    }

    [Theory]
    [InlineData("\"factor\": 4.0", 1.138629436111989)]
    [InlineData("\"factor\": 8.0", 1.2079441541679836)]
    [InlineData("\"factor\": 0.5", 1)]
    [InlineData("\"factor\": 4.0, \"attention_factor\": 0.75", 0.75)]
    [InlineData("\"factor\": 40.0, \"mscale\": 1.0, \"mscale_all_dim\": 0.707", 1.368887945411394 / 1.260803777405855)]
    public void Yarn_attention_factor(string fields, double expected) =>
        Table(32, 2048, "\"rope_type\": \"yarn\", " + fields, 10000).AttentionFactor.ShouldBe((float)expected, 1e-6f);

    private static float[] Frequencies(
        int dimension,
        int positions,
        string fields,
        int length = 0,
        double theta = 1e4
    ) => Table(dimension, positions, fields, theta).InverseFrequencies(length).ToArray();

    private static RotaryTable Table(int dimension, int positions, string fields, double theta) =>
        new(
            TestModels.Parse(
                FormattableString.Invariant(
                    $$"""
                    {"model_type": "llama", "head_dim": {{dimension}}, "max_position_embeddings": {{positions}},
                     "rope_theta": {{theta}}, "rope_scaling": { {{fields}} } }
                    """
                )
            )
        );

    // Transformers stores both halves, which are equal.
    private static void CheckHalf(float[] actual, float[] expected, int half)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            var row = i / (2 * half);
            actual[(row * half) + (i % half)].ShouldBe(expected[i], 1e-6f);
        }
    }
}
