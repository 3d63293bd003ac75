using System.Globalization;
using System.Text.Json;

namespace Luthier.Cli.Tests.Tune;

/// <summary>A run that ends after a checkpoint and is continued by another process.</summary>
public sealed class ResumeTests : IDisposable
{
    // What says how long something took.
    private static readonly string[] Timings =
    [
        "eval_runtime",
        "eval_samples_per_second",
        "train_runtime",
        "train_samples_per_second",
        "train_steps_per_second",
    ];

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("lora", "true")]
    [InlineData("lora", "DIR")]
    [InlineData("scratch", "true")]
    [InlineData("scratch", "DIR")]
    public void A_run_goes_on_as_if_it_had_never_been_stopped(string method, string resume)
    {
        Tune(method, "whole").ExitCode.ShouldBe(0);
        Tune(method, "parts").ExitCode.ShouldBe(0);
        Forget("parts", after: 5);

        // Named, it may as well write to another folder.
        var output = resume is "true" ? "parts" : "other";
        var from = resume is "true" ? resume : folder["parts/checkpoint-5"];
        var result = Tune(method, output, "--resume-from-checkpoint", from);

        result.ExitCode.ShouldBe(0, result.Error);
        result.Error.ShouldContain("going on after step 5 of 11 steps");
        LogOf(output).ShouldBe(LogOf("whole"));
        var weights = method is "lora" ? "adapter_model.safetensors" : "model.safetensors";
        File.ReadAllBytes(folder[$"{output}/{weights}"]).ShouldBe(File.ReadAllBytes(folder[$"whole/{weights}"]));
    }

    [Theory]
    [InlineData("no/such", "--resume-from-checkpoint: no/such is not a folder, expected a checkpoint or true")]
    [InlineData("true", "--resume-from-checkpoint: OUT has no checkpoint")]
    public void A_checkpoint_that_is_not_there_is_a_mistake_in_the_usage(string resume, string expected)
    {
        var result = Tune("lora", "out", "--resume-from-checkpoint", resume, "--lora-init", "/no/adapter");

        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldBe([
            "luthier tune: --lora-init: /no/adapter does not exist",
            $"luthier tune: {expected.Replace("OUT", folder["out"], StringComparison.Ordinal)}",
        ]);
        Directory.Exists(folder["out"]).ShouldBeFalse();
    }

    [Fact]
    public void A_broken_checkpoint_is_named_with_what_was_expected()
    {
        Tune("lora", "out").ExitCode.ShouldBe(0);
        var before = File.ReadAllBytes(folder["out/adapter_model.safetensors"]);
        var damaged = folder["out/checkpoint-5/optimizer.safetensors"];
        var bytes = File.ReadAllBytes(damaged);
        File.WriteAllBytes(damaged, bytes[..100]);

        Failure("out/checkpoint-5")
            .ShouldBe($"luthier tune: {damaged}: has 100 bytes, expected {bytes.Length}: the checkpoint is damaged");
        Failure("out")
            .ShouldBe(
                $"luthier tune: {folder["out"]}: has no resume_state.json, expected a checkpoint of luthier tune "
                    + "(weights alone can be given to --lora-init)"
            );
        File.ReadAllBytes(folder["out/adapter_model.safetensors"]).ShouldBe(before);
    }

    private string Failure(string checkpoint)
    {
        var result = Tune("lora", "out", "--resume-from-checkpoint", folder[checkpoint]);
        result.ExitCode.ShouldBe(1);
        return result.Problems.ShouldHaveSingleItem();
    }

    private RunResult Tune(string method, string output, params string[] more)
    {
        var tiny = TestData.Shared("fixtures/llama-tiny");
        string[] model = method is "lora"
            ? ["--base-model", tiny, "--lora-dropout", "0.1"]
            : ["--init-from-config", Path.Combine(tiny, "config.json"), "--dtype", "float32"];
        var arguments = """
            --val-set-size 4 --batch-size 4 --micro-batch-size 2 --max-steps 11 --warmup-steps 2 --learning-rate 1e-2
            --lr-scheduler-type cosine --logging-steps 3 --eval-steps 4 --save-steps 5 --save-total-limit 0
            """;
        return LuthierProcess.Run([
            "tune",
            .. model,
            "--data-path",
            TuneVerbTests.Data(folder),
            "--output-dir",
            folder[output],
            .. arguments.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
            .. more,
        ]);
    }

    /// <summary>Leaves what a run would that was killed after a checkpoint.</summary>
    private void Forget(string output, int after)
    {
        foreach (var file in Directory.GetFiles(folder[output]))
        {
            File.Delete(file);
        }

        foreach (var checkpoint in Directory.GetDirectories(folder[output], "checkpoint-*"))
        {
            if (int.Parse(checkpoint[(checkpoint.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture) > after)
            {
                Directory.Delete(checkpoint, recursive: true);
            }
        }
    }

    // The numbers as they are written: with all digits.
    private string[] LogOf(string output)
    {
        using var state = JsonDocument.Parse(File.ReadAllText(folder[$"{output}/trainer_state.json"]));
        var lines = state
            .RootElement.GetProperty("log_history")
            .EnumerateArray()
            .Select(entry =>
                string.Join(
                    ' ',
                    entry
                        .EnumerateObject()
                        .Where(member => !Timings.Contains(member.Name, StringComparer.Ordinal))
                        .Select(member => $"{member.Name}={member.Value.GetRawText()}")
                )
            )
            .ToArray();
        lines.ShouldContain(line => line.Contains("loss=", StringComparison.Ordinal));
        return lines;
    }
}
