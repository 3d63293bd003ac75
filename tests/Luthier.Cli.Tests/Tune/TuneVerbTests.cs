using System.Diagnostics;
using System.Text.Json;

namespace Luthier.Cli.Tests.Tune;

public sealed class TuneVerbTests
{
    private static readonly string[] SmallRun =
    [
        "--val-set-size",
        "4",
        "--batch-size",
        "4",
        "--warmup-steps",
        "0",
        "--logging-steps",
        "1",
    ];

    [Fact]
    public void A_run_prints_the_trainable_line_and_leaves_an_adapter_that_merges()
    {
        using var folder = TestData.TempFolder();
        var result = LuthierProcess.Run([.. Arguments(folder), "--max-steps", "6"]);
        result.ExitCode.ShouldBe(0, result.Error);
        result.Out.ShouldStartWith("trainable params: 3,584 || all params: 161,600 || trainable%: 2.217821782178218\n");
        result.Error.ShouldMatch(@"step 6/6  loss \d\.\d+  grad norm \S+  learning rate \S+  \S+ tokens/s  \S+ left");
        using var state = JsonDocument.Parse(File.ReadAllText(folder["out/trainer_state.json"]));
        state.RootElement.GetProperty("global_step").GetInt32().ShouldBe(6);

        var merged = LuthierProcess.Run([
            "merge",
            "--base-model",
            Base,
            "--adapter",
            folder["out"],
            "--output-dir",
            folder["merged"],
        ]);
        merged.ExitCode.ShouldBe(0, merged.Error);
    }

    [Fact]
    public void A_recipe_gives_values_and_the_command_line_goes_before_it()
    {
        using var folder = TestData.TempFolder();
        var recipe = folder["recipe.yaml"];
        File.WriteAllText(
            recipe,
            $"""
            base_model: {Base}
            data-path: {Data(folder)}
            output_dir: {folder["out"]}
            lora_r: 2
            lora_target_modules: [q_proj, k_proj]
            max_steps: 9
            batch_size: 4
            val_set_size: 0
            """
        );
        var result = LuthierProcess.Run("tune", "--config", recipe, "max_steps=2", "--warmup_steps", "0");
        result.ExitCode.ShouldBe(0, result.Error);
        using var state = JsonDocument.Parse(File.ReadAllText(folder["out/trainer_state.json"]));
        state.RootElement.GetProperty("max_steps").GetInt32().ShouldBe(2);
        using var adapter = JsonDocument.Parse(File.ReadAllText(folder["out/adapter_config.json"]));
        adapter.RootElement.GetProperty("r").GetInt32().ShouldBe(2);
        adapter
            .RootElement.GetProperty("target_modules")
            .EnumerateArray()
            .Select(e => e.GetString()!)
            .Order(StringComparer.Ordinal)
            .ShouldBe(["k_proj", "q_proj"]);
    }

    [Fact]
    public void All_mistakes_of_recipe_and_command_line_come_at_once()
    {
        using var folder = TestData.TempFolder();
        var recipe = folder["recipe.yaml"];
        File.WriteAllText(recipe, "learning_rate: fast\n\nlora_rank: 4\n");
        var result = LuthierProcess.Run("tune", "--config", recipe, "--batch_size", "0", "--data-path", "/no/such");
        result.ExitCode.ShouldBe(2);
        result.Problems.Length.ShouldBe(6);
        result.Problems[0].ShouldStartWith($"luthier tune: {recipe} line 1: learning-rate: 'fast' is not a number");
        result.Problems[1].ShouldStartWith($"luthier tune: {recipe} line 3: unknown option 'lora_rank'");
        result.Problems[2].ShouldStartWith("luthier tune: --batch-size: 0 is not a whole number");
        result.Problems.Skip(3).ShouldAllBe(p => p.StartsWith("luthier tune: --", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ctrl_c_leaves_a_checkpoint_from_which_the_run_goes_on()
    {
        using var folder = TestData.TempFolder();
        string[] arguments = [.. Arguments(folder), "--max-steps", "100000"];
        using (var process = LuthierProcess.Start(arguments))
        {
            var drain = process.StandardOutput.ReadToEndAsync();
            while (
                process.StandardError.ReadLine() is { } line && !line.StartsWith("step 3/", StringComparison.Ordinal)
            ) { }

            using (Process.Start("kill", ["-INT", $"{process.Id}"])) { }

            process
                .StandardError.ReadToEnd()
                .ShouldContain("luthier tune: stopped; go on with --resume-from-checkpoint ");
            await process.WaitForExitAsync();
            process.ExitCode.ShouldBe(130);
            await drain;
        }

        var checkpoint = Directory.GetDirectories(folder["out"], "checkpoint-*").ShouldHaveSingleItem();
        var done = int.Parse(
            checkpoint[(checkpoint.LastIndexOf('-') + 1)..],
            System.Globalization.CultureInfo.InvariantCulture
        );
        done.ShouldBeGreaterThanOrEqualTo(3);
        File.Exists(Path.Combine(checkpoint, "adapter_model.safetensors")).ShouldBeTrue();
    }

    [Fact]
    public void A_mistake_that_only_the_data_shows_leaves_no_folder_either()
    {
        using var folder = TestData.TempFolder();
        string[] arguments = ["tune", "--base-model", Base, "--data-path", Data(folder), "--val-set-size", "32"];
        var result = LuthierProcess.Run([.. arguments, "--output-dir", folder["out"]]);
        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldHaveSingleItem().ShouldContain("--val-set-size");
        Directory.Exists(folder["out"]).ShouldBeFalse();
    }

    [Fact]
    public void The_recipes_of_the_repository_have_only_options_that_exist()
    {
        var recipes = new[] { "recipes", "samples/quickstart" }
            .SelectMany(folder =>
                Directory.GetFiles(Path.Combine(TestData.RepositoryRoot, folder), "*.yaml", SearchOption.AllDirectories)
            )
            .ToArray();
        recipes.Length.ShouldBeGreaterThan(5);
        foreach (var recipe in recipes)
        {
            var result = LuthierProcess.Run("tune", "--config", recipe);
            result.ExitCode.ShouldBe(2);
            result.Problems.ShouldAllBe(problem => problem.Contains(" is missing: ", StringComparison.Ordinal));
        }
    }

    private static string Base => TestData.Shared("fixtures/llama-tiny");

    private static string[] Arguments(TempFolder folder) =>
        ["tune", "--base-model", Base, "--data-path", Data(folder), "--output-dir", folder["out"], .. SmallRun];

    // Rows of tokens that rise by one: easy to learn.
    internal static string Data(TempFolder folder)
    {
        var path = folder["rows.jsonl"];
        File.WriteAllLines(
            path,
            Enumerable
                .Range(3, 32)
                .Select(first => $$"""{"input_ids": [{{string.Join(',', Enumerable.Range(first, 12))}}]}""")
        );
        return path;
    }
}
