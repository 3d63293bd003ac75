using Luthier.Models.Checkpoints;
using Luthier.Training.Tests.Fixtures;
using Luthier.Training.Tuning;

namespace Luthier.Training.Tests.Tuning;

/// <summary>What may change nothing, changes nothing.</summary>
public sealed class StepTests : IDisposable
{
    private readonly TuneHarness harness = new();

    public void Dispose() => harness.Dispose();

    [Theory]
    [InlineData("lora", 0.2)]
    [InlineData("full", 0)]
    public void TheCutIntoMicroBatchesChangesNothing(string method, double dropout)
    {
        harness.Reference.WriteRows(harness["masked.jsonl"], masked: true);
        (string, object)[] options =
        [
            ("method", method),
            ("lora-dropout", dropout),
            ("data-path", "OUT/masked.jsonl"),
            ("batch-size", 8),
            ("learning-rate", 1e-3),
        ];
        foreach (var size in new[] { 1, 3, 8, 100 })
        {
            harness.Run($"micro{size}", [.. options, ("micro-batch-size", size)]);
        }

        foreach (var size in new[] { 3, 8, 100 })
        {
            harness.Logged($"micro{size}", "loss").ShouldBeWithin(1e-5, harness.Logged("micro1", "loss"));
            harness.Logged($"micro{size}", "grad_norm").ShouldBeWithin(1e-5, harness.Logged("micro1", "grad_norm"));
        }
    }

    [Fact]
    public void RecomputedLayersGiveTheSameGradients()
    {
        harness.Run("plain", ("max-steps", 4), ("lora-dropout", 0.3), ("learning-rate", 1e-2));
        harness.Run(
            "checkpointed",
            ("max-steps", 4),
            ("lora-dropout", 0.3),
            ("learning-rate", 1e-2),
            ("gradient-checkpointing", true)
        );

        harness.Logged("checkpointed", "loss").ShouldBeWithin(1e-6, harness.Logged("plain", "loss"));
        harness.Logged("checkpointed", "grad_norm").ShouldBeWithin(1e-6, harness.Logged("plain", "grad_norm"));
    }

    [Fact]
    public void PackedRowsDoNotSeeEachOther()
    {
        harness.Reference.WriteRows(harness["masked.jsonl"], masked: true);
        (string, object)[] options = [("data-path", "OUT/masked.jsonl"), ("num-epochs", 3), ("lora-dropout", 0)];
        harness.Run("unpacked", [.. options, ("batch-size", 80)]);
        harness.Run("packed", [.. options, ("batch-size", 80), ("packing", true), ("cutoff-len", 128)]);

        harness.Logged("packed", "loss").ShouldBeWithin(1e-5, harness.Logged("unpacked", "loss"));
        harness.Logged("packed", "grad_norm").ShouldBeWithin(1e-5, harness.Logged("unpacked", "grad_norm"));
    }

    [Fact]
    public void Bfloat16StaysNearFloat32()
    {
        harness.Run("wide", ("max-steps", 5), ("learning-rate", 1e-2), ("lora-dropout", 0));
        harness.Run("narrow", ("max-steps", 5), ("learning-rate", 1e-2), ("lora-dropout", 0), ("dtype", "bfloat16"));

        var (wide, narrow) = (harness.Logged("wide", "loss"), harness.Logged("narrow", "loss"));
        narrow.ShouldBeWithin(0.05, wide);
        narrow.ShouldNotBe(wide);
    }

    [Fact]
    public void ALastBatchOfFewerRowsCountsThemAsWell()
    {
        var result = harness.Run("out", ("batch-size", 32), ("num-epochs", 2));

        result.State.GlobalStep.ShouldBe(6);
        result.State.Epoch.ShouldBe(2);
        result.State.TokensSeen.ShouldBe(2 * 80 * 32);
    }

    [Fact]
    public void TheSteadyStateMakesLittleGarbage()
    {
        var progress = new AllocationProgress();
        TuneHarness.Run(
            harness.Options("out", ("lora-dropout", 0.1), ("save-steps", 0), ("logging-steps", 1000)),
            progress
        );

        // A step makes the small objects of its operations and a few numbers a token, but no activations or gradients.
        var perStep = progress.Allocated[5..].Order().ToList();
        perStep[perStep.Count / 2].ShouldBeLessThan(64 << 10);
    }

    [Fact]
    public void LossesAreAveragedBetweenTwoEntries()
    {
        harness.Run("each", ("max-steps", 6));
        harness.Run("third", ("max-steps", 6), ("logging-steps", 3));

        var each = harness.Logged("each", "loss");
        harness.Logged("third", "loss").ShouldBeWithin(1e-12, [each[..3].Average(), each[3..].Average()]);
    }

    [Theory]
    [InlineData("model.layers.1.mlp.up_proj.weight", float.NaN, "model.layers.1.mlp.up_proj.weight")]
    [InlineData("model.layers.0.mlp.down_proj.weight", 3e38f, "model.layers.0")]
    [InlineData("model.norm.weight", 3e38f, "model.norm")]
    public void ALossThatIsNotANumberNamesTensorAndStep(string weight, float value, string expected)
    {
        Spoil(weight, value);

        var error = Should.Throw<NotFiniteException>(() => harness.Run("out", ("base-model", "OUT/spoilt")));

        error.Step.ShouldBe(1);
        error.Tensor.ShouldBe(expected);
        error.Message.ShouldStartWith("step 1: ");
        error.Message.ShouldContain(expected);
        Directory.GetDirectories(harness["out"], "checkpoint-*").ShouldBeEmpty();
    }

    private void Spoil(string weight, float value)
    {
        using var model = ModelLoader.Load(harness.Reference.BaseModel, new LoadOptions { Writable = true });
        model
            .Parameters.Single(parameter => string.Equals(parameter.Name, weight, StringComparison.Ordinal))
            .Tensor.AsFloats()[..2]
            .Fill(value);
        ModelSaver.Save(model, harness["spoilt"]);
    }
}
