using Luthier.Training.Options;
using Luthier.Training.Schedules;

namespace Luthier.Training.Tests.Options;

public sealed class OptionBinderTests : IDisposable
{
    private readonly TempFolder folder = TestData.TempFolder();

    public OptionBinderTests()
    {
        File.WriteAllText(folder["data.json"], "[]");
        Directory.CreateDirectory(folder["model"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void DefaultsAreThoseOfAlpacaLora()
    {
        var options = Bind();

        options.BatchSize.ShouldBe(128);
        options.MicroBatchSize.ShouldBe(4);
        options.NumEpochs.ShouldBe(3);
        options.LearningRate.ShouldBe(3e-4);
        options.CutoffLen.ShouldBe(256);
        options.ValSetSize.ShouldBe(2000);
        options.LoraR.ShouldBe(8);
        options.LoraAlpha.ShouldBe(16);
        options.LoraDropout.ShouldBe(0.05);
        options.LoraTargetModules.ShouldBe(["q_proj", "v_proj"]);
        options.TrainOnInputs.ShouldBeTrue();
        options.AddEosToken.ShouldBeFalse();
        options.WarmupStepsOf(1000).ShouldBe(100);
        options.LoggingSteps.ShouldBe(10);
        options.EvalSteps.ShouldBe(200);
        options.SaveSteps.ShouldBe(200);
        options.SaveTotalLimit.ShouldBe(3);
        options.Seed.ShouldBe(42);
        options.LrSchedulerType.ShouldBe(ScheduleKind.Linear);
    }

    [Theory]
    [InlineData("micro-batch-size", "8")]
    [InlineData("micro_batch_size", " 8 ")]
    public void NamesAreKebabCaseOrWithUnderscores(string name, string text) =>
        Bind((name, text)).MicroBatchSize.ShouldBe(8);

    [Theory]
    [InlineData("[q_proj,v_proj]", new[] { "q_proj", "v_proj" })]
    [InlineData("['q_proj', \"k_proj\"]", new[] { "q_proj", "k_proj" })]
    [InlineData("all-linear", new[] { "all-linear" })]
    [InlineData(@".*\.layers\.\d{1,2}\.self_attn\.(q|v)_proj", new[] { @".*\.layers\.\d{1,2}\.self_attn\.(q|v)_proj" })]
    public void ModulesAreAListOrOneExpression(string text, string[] expected) =>
        Bind(("lora-target-modules", text)).LoraTargetModules.ShouldBe(expected);

    [Fact]
    public void ChoicesAreWrittenAsUsersOfTheFieldWriteThem()
    {
        var options = Bind(("dtype", "bfloat16"), ("lr-scheduler-type", "constant_with_warmup"), ("method", "full"));

        options.Dtype.ShouldBe(TrainingPrecision.BFloat16);
        options.LrSchedulerType.ShouldBe(ScheduleKind.ConstantWithWarmup);
        options.Method.ShouldBe(TuneMethod.Full);
        TuneOption.Find("lr-scheduler-type")!.Choices[5].ShouldBe("constant_with_warmup");
        TuneOption.Find("dtype")!.Choices.ShouldBe(["float32", "bfloat16"]);
    }

    [Theory]
    [InlineData("7", "0.5", 7)]
    [InlineData("0", "0.5", 50)]
    [InlineData("0", null, 0)]
    [InlineData(null, "0.031", 4)]
    [InlineData(null, null, 100)]
    public void WarmupStepsGoBeforeTheRatio(string? steps, string? ratio, int expected)
    {
        List<(string, string)> values = [];
        if (steps is not null)
        {
            values.Add(("warmup-steps", steps));
        }

        if (ratio is not null)
        {
            values.Add(("warmup-ratio", ratio));
        }

        Bind([.. values]).WarmupStepsOf(100).ShouldBe(expected);
    }

    [Fact]
    public void AllErrorsAreReportedAtOnce()
    {
        var error = Should.Throw<InvalidOptionsException>(() =>
            Bind(
                ("batch-size", "0"),
                ("learning-rate", "fast"),
                ("lora-dropout", "1"),
                ("lr-scheduler-type", "zigzag"),
                ("adam-beta1", "NaN"),
                ("lerning-rate", "1")
            )
        );

        error.Errors.Count.ShouldBe(6);
        error.Errors[0].ShouldBe("--batch-size: 0 is not a whole number from 1 to 1048576");
        error.Errors[1].ShouldBe("--learning-rate: 'fast' is not a number from 0 to 1000000");
        error.Errors[2].ShouldBe("--lora-dropout: 1 is not a number from 0 below 1");
        error
            .Errors[3]
            .ShouldStartWith("--lr-scheduler-type: 'zigzag' is not one of linear, cosine, cosine_with_restarts");
        error.Errors[5].ShouldBe("unknown option 'lerning-rate'; did you mean learning-rate?");
    }

    [Fact]
    public void WhatIsMissingOrNotThereIsNamed()
    {
        var missing = Should.Throw<InvalidOptionsException>(() => OptionBinder.Bind([]));
        missing.Errors.Count.ShouldBe(3);

        var absent = Should.Throw<InvalidOptionsException>(() =>
            Bind(("base-model", folder["nowhere"]), ("lora-init", folder["nothing"]))
        );
        absent.Errors.ShouldBe([
            $"--base-model: {folder["nowhere"]} is neither a folder nor a GGUF file",
            $"--lora-init: {folder["nothing"]} does not exist",
        ]);
    }

    [Fact]
    public void OptionsThatDoNotFitTogetherAreRefused()
    {
        Errors(("group-by-length", "true"), ("no-shuffle", "true")).ShouldHaveSingleItem();
        Errors(("method", "full"), ("lora-init", folder["model"])).ShouldHaveSingleItem();
        Errors(("columns", "text=")).ShouldHaveSingleItem().ShouldStartWith("--columns: 'text=' is not");
        Errors(("lr-scheduler-type", "polynomial"), ("learning-rate", "0")).ShouldHaveSingleItem();
    }

    [Fact]
    public void ARecipeGivesValuesThatTheCommandLineOverrides()
    {
        File.WriteAllText(
            folder["recipe.yaml"],
            """
            # A recipe
            batch-size: 64
            micro_batch_size: 2
            lora-target-modules:
              - q_proj
              - o_proj
            train-on-inputs: false
            warmup-ratio:        # left to its default
            learning-rate: 1e-4
            """
        );

        var options = OptionBinder.Bind(folder["recipe.yaml"], Values(("batch-size", "32")));

        options.BatchSize.ShouldBe(32);
        options.MicroBatchSize.ShouldBe(2);
        options.LoraTargetModules.ShouldBe(["q_proj", "o_proj"]);
        options.TrainOnInputs.ShouldBeFalse();
        options.WarmupRatio.ShouldBeNull();
        options.LearningRate.ShouldBe(1e-4);
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("full")]
    [InlineData("classify")]
    public void TheRecipesThatComeAlongAreValid(string name)
    {
        var path = Path.Combine(TestData.RepositoryRoot, "recipes", $"{name}.yaml");

        var options = OptionBinder.Bind(path, Values());

        if (name is "lora")
        {
            var defaults = Bind(("warmup-steps", "100"));
            TuneOption.All.Select(o => o.TextOf(options)).ShouldBe(TuneOption.All.Select(o => o.TextOf(defaults)));
        }
    }

    [Theory]
    [InlineData("batch-size: 64\nbatchsize: 3\n", "line 2: unknown option 'batchsize'; did you mean batch-size?")]
    [InlineData("\n\nmax-steps: many\n", "line 3: max-steps: 'many' is not a whole number from 0")]
    [InlineData("seed: 1\nmax-steps: 2\nseed: 3\n", "line 3")]
    [InlineData("max-steps: 2\nmax_steps: 3\n", "line 2: max_steps was given before, at line 1")]
    [InlineData("batch-size: {a: 1}\n", "line 1: batch-size: expected one value or a list of values")]
    [InlineData("a: b: c\n", "line 1: not YAML")]
    [InlineData("- batch-size\n", "expected one mapping of option names to values")]
    public void ARecipesErrorsNameTheLine(string yaml, string expected)
    {
        File.WriteAllText(folder["bad.yaml"], yaml);

        var error = Should.Throw<InvalidOptionsException>(() => OptionBinder.Bind(folder["bad.yaml"], Values()));

        error.Errors.ShouldHaveSingleItem().ShouldContain(expected);
        error.Message.ShouldStartWith(folder["bad.yaml"]);
    }

    [Fact]
    public void AnEmptyRecipeIsARecipe()
    {
        File.WriteAllText(folder["empty.yaml"], "# nothing yet\n");
        OptionBinder.Bind(folder["empty.yaml"], Values()).ToString().ShouldBe(Bind().ToString());
    }

    [Fact]
    public void EveryDefaultCanBeTypedAgain()
    {
        foreach (var option in TuneOption.All.Where(option => option.Default is not null))
        {
            var options = new TuneOptions();
            option.Set(options, option.Default!).ShouldBeNull(option.Name);
            option.TextOf(options).ShouldBe(option.Default, option.Name);
        }
    }

    [Fact]
    public void EveryPropertyIsAnOption() => TuneOption.All.Count.ShouldBe(typeof(TuneOptions).GetProperties().Length);

    private TuneOptions Bind(params (string Name, string Text)[] values) => OptionBinder.Bind(Values(values));

    private IReadOnlyList<string> Errors(params (string Name, string Text)[] values) =>
        Should.Throw<InvalidOptionsException>(() => Bind(values)).Errors;

    private IEnumerable<OptionValue> Values(params (string Name, string Text)[] values) =>
        [
            new("base-model", folder["model"]),
            new("data-path", folder["data.json"]),
            new("output-dir", folder["out"]),
            .. values.Select(value => new OptionValue(value.Name, value.Text)),
        ];
}
