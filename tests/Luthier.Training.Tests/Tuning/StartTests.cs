using Luthier.Formats;
using Luthier.Formats.Json;
using Luthier.Models.Checkpoints;
using Luthier.Training.Options;
using Luthier.Training.Tests.Fixtures;

namespace Luthier.Training.Tests.Tuning;

/// <summary>Where a run can start from, and what it says and leaves.</summary>
public sealed class StartTests : IDisposable
{
    private readonly TuneHarness harness = new();

    public void Dispose() => harness.Dispose();

    [Fact]
    public void AModelCanBeTrainedFromScratch()
    {
        (string, object)[] options =
        [
            ("init-from-config", Path.Combine(harness.Reference.BaseModel, "config.json")),
            ("learning-rate", 1e-2),
            ("num-epochs", 2),
        ];
        var progress = new RecordedProgress();
        TuneHarness.Run(harness.Options("out", options), progress);
        harness.Run("again", options);
        harness.Run("other", [.. options, ("seed", 7)]);

        var losses = harness.Logged("out", "loss");
        losses[0].ShouldBe(Math.Log(512), 0.1);
        losses[^1].ShouldBeLessThan(losses[0] - 1);
        harness.Logged("again", "loss").ShouldBe(losses);
        harness.Logged("other", "loss")[0].ShouldNotBe(losses[0]);
        progress.Start!.TrainableLine.ShouldBe("trainable params: 158,016 || all params: 158,016 || trainable%: 100.0");
        using var model = ModelLoader.Load(harness["out"]);
        model.ParameterCount.ShouldBe(158_016);
    }

    [Fact]
    public void TheTrainableLineIsThatOfPeft()
    {
        var progress = new RecordedProgress();
        TuneHarness.Run(harness.Options("out", ("max-steps", 1)), progress);

        progress.Start!.TrainableLine.ShouldStartWith(
            "trainable params: 3,584 || all params: 161,600 || trainable%: 2.217"
        );
        progress.Start.TotalSteps.ShouldBe(1);
        progress.Start.TrainingRows.ShouldBe(80);
        progress.Notes.ShouldHaveSingleItem().ShouldStartWith("80 rows with 2,560 tokens, read in ");
        progress.Steps.ShouldHaveSingleItem().TokensPerSecond.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void AnAdapterToStartFromKeepsItsOptionsUnlessOthersAreGiven()
    {
        var init = Path.Combine(harness.Reference.Folder, "adapter_init");
        harness.Run("kept", ("max-steps", 1), ("lora-init", init));
        harness.Run("given", ("max-steps", 1), ("lora-init", init), ("lora-dropout", 0.5), ("lora-alpha", 4));

        var (kept, given) = (Config("kept"), Config("given"));
        kept["lora_dropout"].AsDouble().ShouldBe(0);
        kept["lora_alpha"].AsDouble().ShouldBe(16);
        kept["base_model_name_or_path"].AsString().ShouldBe(harness.Reference.BaseModel);
        given["lora_dropout"].AsDouble().ShouldBe(0.5);
        given["lora_alpha"].AsDouble().ShouldBe(4);
        Should
            .Throw<InvalidFileException>(() => harness.Run("out", ("lora-init", init), ("lora-r", 4)))
            .Message.ShouldContain("lora_A");
    }

    [Fact]
    public void TheStateHasTheFieldsOfTransformers()
    {
        harness.Run("out", ("max-steps", 2), ("val-set-size", 8));

        var state = JsonFile.Read(Path.Combine(harness["out"], "trainer_state.json"));
        state
            .Members()
            .Select(member => member.Key)
            .ShouldBe([
                "best_metric",
                "best_model_checkpoint",
                "epoch",
                "eval_steps",
                "global_step",
                "is_hyper_param_search",
                "is_local_process_zero",
                "is_world_process_zero",
                "log_history",
                "logging_steps",
                "max_steps",
                "num_input_tokens_seen",
                "num_train_epochs",
                "save_steps",
                "stateful_callbacks",
                "total_flos",
                "train_batch_size",
                "trial_name",
                "trial_params",
            ]);
        state["global_step"].AsInt32().ShouldBe(2);
        state["max_steps"].AsInt32().ShouldBe(2);
        state["epoch"].AsDouble().ShouldBe(2 / 18.0);
        state["num_input_tokens_seen"].AsInt32().ShouldBe(2 * 4 * 32);
    }

    [Theory]
    [InlineData("lora-target-modules", "nothing_proj", "--lora-target-modules: ")]
    [InlineData("lora-target-modules", "(", "--lora-target-modules: ")]
    [InlineData("prompt-template-name", "nowhere", "--prompt-template-name: nowhere is neither")]
    public void WhatTheModelDoesNotHaveIsNamed(string option, string value, string expected) =>
        Should
            .Throw<InvalidOptionsException>(() => harness.Run("out", (option, value)))
            .Message.ShouldStartWith(expected);

    [Fact]
    public void RowsThatAreCutAreCounted()
    {
        var progress = new RecordedProgress();
        TuneHarness.Run(harness.Options("out", ("max-steps", 1), ("cutoff-len", 20)), progress);

        progress
            .Notes.ShouldHaveSingleItem()
            .ShouldStartWith("80 rows with 1,600 tokens; 80 cut to --cutoff-len, read in ");
    }

    [Fact]
    public void ATokenOutsideTheVocabularyIsNamed()
    {
        File.WriteAllText(harness["ids.jsonl"], "{\"input_ids\": [1, 2]}\n{\"input_ids\": [1, 512]}\n");

        Should
            .Throw<InvalidFileException>(() => harness.Run("out", ("data-path", "OUT/ids.jsonl")))
            .Message.ShouldBe(
                $"{harness["ids.jsonl"]} line 2: has the token 512, expected 0 to 511 as the model's vocabulary has"
            );
    }

    private JsonField Config(string output) => JsonFile.Read(Path.Combine(harness[output], "adapter_config.json"));
}
