using Luthier.Formats;
using Luthier.Training.Options;
using Luthier.Training.Tests.Fixtures;

namespace Luthier.Training.Tests.Tuning;

/// <summary>A run that was stopped goes on as if it had not been.</summary>
public sealed class ResumeTests : IDisposable
{
    private static readonly (string, object)[] Lora =
    [
        ("lora-dropout", 0.2),
        ("num-epochs", 2),
        ("val-set-size", 10),
        ("eval-steps", 5),
        ("save-steps", 4),
        ("learning-rate", 1e-2),
        ("lr-scheduler-type", "cosine"),
        ("warmup-steps", 3),
        ("logging-steps", 3),
    ];

    private readonly TuneHarness harness = new();

    public void Dispose() => harness.Dispose();

    [Theory]
    [InlineData("lora", 7)]
    [InlineData("lora", 10)]
    [InlineData("lora", 1)]
    [InlineData("full", 11)]
    public void ItGoesOnBitForBit(string method, int stopAfter)
    {
        (string, object)[] options = [.. Lora, ("method", method)];
        harness.Run("whole", options);
        using var stop = new CancellationTokenSource();
        var stopped = TuneHarness.Run(
            harness.Options("parts", options),
            new RecordedProgress(stopAfter, stop),
            stop.Token
        );
        stopped.Finished.ShouldBeFalse();
        stopped.Checkpoint.ShouldBe(Path.Combine(harness["parts"], $"checkpoint-{stopAfter}"));

        var progress = new RecordedProgress();
        TuneHarness.Run(harness.Options("parts", [.. options, ("resume-from-checkpoint", true)]), progress);

        progress.Start!.FirstStep.ShouldBe(stopAfter);
        foreach (var name in new[] { "loss", "grad_norm", "learning_rate", "eval_loss", "train_loss", "epoch", "step" })
        {
            harness.Logged("parts", name).ShouldBe(harness.Logged("whole", name), name);
        }

        Weights("parts").ShouldBe(Weights("whole"));
    }

    [Fact]
    public void ACheckpointFolderCanBeNamed()
    {
        harness.Run("first", [.. Lora, ("max-steps", 8)]);
        var result = harness.Run(
            "second",
            [.. Lora, ("max-steps", 10), ("resume-from-checkpoint", "OUT/first/checkpoint-4")]
        );

        result.State.GlobalStep.ShouldBe(10);
        harness.Logged("second", "loss").Length.ShouldBe(3);
    }

    [Fact]
    public void AFinishedRunGivesItsResultAgain()
    {
        harness.Run("out", [.. Lora, ("max-steps", 4)]);
        var before = Weights("out");
        File.Delete(Path.Combine(harness["out"], "adapter_model.safetensors"));

        harness.Run("out", [.. Lora, ("max-steps", 4), ("resume-from-checkpoint", true)]).Finished.ShouldBeTrue();

        Weights("out").ShouldBe(before);
    }

    [Fact]
    public void AFinishedRunOfAnotherFolderGivesItsResult()
    {
        harness.Run("first", ("max-steps", 4));
        var result = harness.Run("second", ("max-steps", 4), ("resume-from-checkpoint", "OUT/first/checkpoint-4"));

        result.Checkpoint.ShouldBe(Path.Combine(harness["first"], "checkpoint-4"));
        Weights("second").ShouldBe(Weights("first"));
    }

    [Fact]
    public void TheBestCheckpointIsThatOfTheRunResumed()
    {
        (string, object)[] options = [.. Lora, ("max-steps", 8), ("eval-steps", 4)];
        harness.Run("first", options);
        harness.Run("second", [.. options, ("learning-rate", 1e-9)]);
        Directory.Move(harness["first"], harness["moved"]);

        var resume = ("resume-from-checkpoint", "OUT/moved/checkpoint-8");
        var result = harness.Run("second", [.. options, resume]);

        result.Checkpoint.ShouldBe(Path.Combine(harness["moved"], "checkpoint-8"));
        Weights("second").ShouldBe(Weights("moved"));
    }

    [Theory]
    [InlineData("batch-size", 8, "was made with batch-size 4, but this run has 8")]
    [InlineData("seed", 1, "was made with seed 42, but this run has 1")]
    [InlineData("no-shuffle", true, "was made with order Shuffled, but this run has File")]
    [InlineData("cutoff-len", 16, "was made with other training data")]
    [InlineData("method", "full", "was made with method lora, but this run has full")]
    [InlineData("max-steps", 3, "was made after 4 steps, but this run ends after 3")]
    public void AnotherRunIsRefused(string name, object value, string expected)
    {
        harness.Run("out", [.. Lora, ("max-steps", 4)]);

        Should
            .Throw<InvalidFileException>(() =>
                harness.Run("out", [.. Lora, ("resume-from-checkpoint", true), (name, value)])
            )
            .Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData("adapter_model.safetensors", "bytes, expected")]
    [InlineData("optimizer.safetensors", "bytes, expected")]
    [InlineData("trainer_state.json", "bytes, expected")]
    [InlineData("resume_state.json", "is not valid JSON")]
    public void ATruncatedFileIsNamed(string name, string expected)
    {
        harness.Run("out", [.. Lora, ("max-steps", 4)]);
        var path = Path.Combine(harness["out"], "checkpoint-4", name);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^5]);

        var message = ResumeError();
        message.ShouldStartWith(path);
        message.ShouldContain(expected);
    }

    [Fact]
    public void AChangedOrMissingFileIsNamed()
    {
        harness.Run("out", [.. Lora, ("max-steps", 4)]);
        var path = Path.Combine(harness["out"], "checkpoint-4", "optimizer.safetensors");
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        ResumeError().ShouldBe($"{path}: is not the file that was written: the checkpoint is damaged");

        File.Delete(path);
        ResumeError().ShouldBe($"{path}: is missing: the checkpoint is damaged");
    }

    [Fact]
    public void AForeignFolderIsNoCheckpoint()
    {
        var init = Path.Combine(harness.Reference.Folder, "adapter_init");
        Should
            .Throw<InvalidFileException>(() => harness.Run("out", ("resume-from-checkpoint", init)))
            .Message.ShouldBe(
                $"{init}: has no resume_state.json, expected a checkpoint of luthier tune (weights alone can be given to "
                    + "--lora-init)"
            );
        Should
            .Throw<InvalidOptionsException>(() => harness.Run("out", ("resume-from-checkpoint", true)))
            .Message.ShouldContain("has no checkpoint");
    }

    [Fact]
    public void OneRunAtATimeWritesToAFolder()
    {
        using var other = new Training.Checkpoints.FolderLock(harness["out"]);

        Should.Throw<IOException>(() => harness.Run("out")).Message.ShouldEndWith("another run writes to this folder");
    }

    private string ResumeError() =>
        Should
            .Throw<InvalidFileException>(() =>
                harness.Run("out", [.. Lora, ("max-steps", 8), ("resume-from-checkpoint", true)])
            )
            .Message;

    private float[] Weights(string output)
    {
        var adapter = Path.Combine(harness[output], "adapter_model.safetensors");
        return
        [
            .. Numbers.Weights(File.Exists(adapter) ? adapter : harness[output]).Values.SelectMany(values => values),
        ];
    }
}
