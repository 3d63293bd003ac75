using Luthier.Training.Checkpoints;
using Luthier.Training.Logging;
using Luthier.Training.Tests.Fixtures;

namespace Luthier.Training.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TempFolder folder = TestData.TempFolder();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheNewestAndTheBestStay()
    {
        var store = new CheckpointStore(folder, 2);
        foreach (var step in new[] { 5, 10, 15, 20, 100 })
        {
            Write(store, step);
            store.Prune(best: store.FolderOf(10));
        }

        Names().ShouldBe(["checkpoint-10", "checkpoint-20", "checkpoint-100"]);
        store.Newest().ShouldBe(store.FolderOf(100));
    }

    [Fact]
    public void WithoutALimitAllStay()
    {
        var store = new CheckpointStore(folder, 0);
        foreach (var step in new[] { 1, 2, 3, 4 })
        {
            Write(store, step);
            store.Prune(best: null);
        }

        Names().Length.ShouldBe(4);
    }

    [Fact]
    public void WhatCannotBeReadBackDoesNotBecomeACheckpoint()
    {
        var store = new CheckpointStore(folder, 1);
        Write(store, 1);

        Should.Throw<IOException>(() => store.Write(2, _ => throw new IOException("disk full"), _ => { }));
        Should.Throw<IOException>(() => store.Write(1, Fill, _ => throw new IOException("reads back otherwise")));

        Names().ShouldBe(["checkpoint-1"]);
        Directory.GetDirectories(folder).Length.ShouldBe(1);
    }

    [Fact]
    public void WhatAKilledRunLeftIsTidiedUp()
    {
        var store = new CheckpointStore(folder, 1);
        Write(store, 1);
        Directory.CreateDirectory(folder[".unfinished-checkpoint-2"]);
        Directory.CreateDirectory(folder[".unfinished-old-checkpoint-0"]);
        Directory.CreateDirectory(folder[".replaced-checkpoint-1"]);
        Directory.CreateDirectory(folder[".replaced-checkpoint-3"]);
        Fill(folder[".replaced-checkpoint-3"]);
        Directory.CreateDirectory(folder["checkpoint-x"]);
        Directory.CreateDirectory(folder["checkpoint-9"]);

        store.RemoveUnfinished();

        store.All().ShouldBe([store.FolderOf(1), store.FolderOf(3)]);
        Directory.GetDirectories(folder, ".*").ShouldBeEmpty();
    }

    private static void Write(CheckpointStore store, int step) => store.Write(step, Fill, _ => { });

    private static void Fill(string target) => File.WriteAllText(Path.Combine(target, TrainerState.FileName), "{}");

    private string[] Names() => [.. new CheckpointStore(folder, 0).All().Select(path => Path.GetFileName(path))];
}

public sealed class BestCheckpointTests : IDisposable
{
    private readonly TuneHarness harness = new();

    public void Dispose() => harness.Dispose();

    [Fact]
    public void TheBestModelIsTheResult()
    {
        // A rate that keeps rising ruins the model after a few steps.
        var result = harness.Run(
            "out",
            ("val-set-size", 10),
            ("eval-steps", 2),
            ("save-steps", 3),
            ("save-total-limit", 1),
            ("max-steps", 12),
            ("method", "full"),
            ("learning-rate", 20),
            ("warmup-steps", 1000),
            ("lr-scheduler-type", "constant_with_warmup")
        );

        var losses = harness.Logged("out", "eval_loss");
        var best = 2 * (1 + Array.IndexOf(losses, losses.Min()));
        best.ShouldBeLessThan(12);
        result.State.BestMetric.ShouldBe(losses.Min());
        result.State.BestCheckpoint.ShouldBe(Path.Combine(harness["out"], $"checkpoint-{best}"));
        Directory
            .GetDirectories(harness["out"], "checkpoint-*")
            .Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal)
            .ShouldBe([$"checkpoint-12", $"checkpoint-{best}"], ignoreOrder: true);
        Numbers.WeightsShouldBeWithin(harness["out"], 0, Path.Combine(harness["out"], $"checkpoint-{best}"));
    }

    [Fact]
    public void WithoutValidationTheLastModelIsTheResult()
    {
        var result = harness.Run("out", ("max-steps", 5), ("save-steps", 2), ("save-total-limit", 2));

        result.Checkpoint.ShouldBe(Path.Combine(harness["out"], "checkpoint-5"));
        Directory.GetDirectories(harness["out"], "checkpoint-*").Length.ShouldBe(2);
        File.Exists(Path.Combine(harness["out"], "adapter_config.json")).ShouldBeTrue();
        harness.Logged("out", "train_loss").ShouldHaveSingleItem();
    }

    [Fact]
    public void CheckpointsOfAnEarlierRunAreOlderWhateverTheirSteps()
    {
        harness.Run("out", ("max-steps", 15), ("save-steps", 5));
        harness.Run("out", ("max-steps", 4), ("save-steps", 2), ("save-total-limit", 2));

        Directory
            .GetDirectories(harness["out"], "checkpoint-*")
            .Select(path => Path.GetFileName(path))
            .ShouldBe(["checkpoint-2", "checkpoint-4"], ignoreOrder: true);
        harness
            .Run("out", ("max-steps", 5), ("resume-from-checkpoint", true))
            .Checkpoint.ShouldBe(Path.Combine(harness["out"], "checkpoint-5"));
    }

    [Fact]
    public void MoreRowsCannotBeHeldOutThanThereAre() =>
        Should
            .Throw<Training.Options.InvalidOptionsException>(() => harness.Run("out", ("val-set-size", 80)))
            .Message.ShouldStartWith("--val-set-size: 80 rows can't be held out of the 80 in ");
}
