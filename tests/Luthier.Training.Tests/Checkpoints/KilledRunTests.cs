using System.Diagnostics;
using Luthier.Training.Checkpoints;
using Luthier.Training.Options;
using Luthier.Training.Tests.Fixtures;

namespace Luthier.Training.Tests.Checkpoints;

/// <summary>Kills real processes while they save.</summary>
public sealed class KilledRunTests : IDisposable
{
    private const int Kills = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TuneHarness harness = new();

    public void Dispose() => harness.Dispose();

    [Fact]
    public void ARunThatIsKilledWhileItSavesGoesOnFromTheLastGoodCheckpoint()
    {
        (string, object)[] options =
        [
            ("save-steps", 1),
            ("save-total-limit", 1),
            ("num-epochs", 3),
            ("lora-dropout", 0.1),
        ];
        harness.Run("whole", options);

        for (var kill = 0; kill < Kills; kill++)
        {
            KillWhileSaving(kill, options);
        }

        var progress = new RecordedProgress();
        TuneHarness.Run(harness.Options("killed", [.. options, ("resume-from-checkpoint", true)]), progress);

        progress.Start!.FirstStep.ShouldBeInRange(Kills, 60);
        harness.Logged("killed", "loss").ShouldBe(harness.Logged("whole", "loss"));
        Numbers.WeightsShouldBeWithin(
            Path.Combine(harness["killed"], "adapter_model.safetensors"),
            0,
            Path.Combine(harness["whole"], "adapter_model.safetensors")
        );
        Directory.GetDirectories(harness["killed"], ".*").ShouldBeEmpty();
    }

    private void KillWhileSaving(int kill, (string, object)[] options)
    {
        var store = new CheckpointStore(harness["killed"], 0);
        var resume = store.Newest() is not null;
        var recipe = harness[$"recipe{kill}.yaml"];
        var bound = harness.Options("killed", [.. options, ("resume-from-checkpoint", resume)]);
        File.WriteAllLines(
            recipe,
            TuneOption
                .All.Where(option => bound.Given.Contains(option.Name))
                .Select(o => $"{o.Name}: {o.TextOf(bound)}")
        );

        using var child = Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, [ChildProcess.Argument, recipe])
            {
                UseShellExecute = false,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
        var before = store.Newest();
        var watch = Stopwatch.StartNew();

        // Lets at least one checkpoint be completed, then strikes while another is written, each time a little later.
        while (!child.HasExited && watch.Elapsed < Patience)
        {
            var isSaving =
                Directory.Exists(harness["killed"]) && Directory.GetDirectories(harness["killed"], ".u*").Length > 0;
            if (isSaving && store.Newest() is { } newest && !string.Equals(newest, before, StringComparison.Ordinal))
            {
                Thread.SpinWait(20_000 * kill);
                break;
            }
        }

        watch.Elapsed.ShouldBeLessThan(Patience);
        child.HasExited.ShouldBeFalse("the run ended before it was killed");
        child.Kill(entireProcessTree: true);
        child.WaitForExit();
    }
}
