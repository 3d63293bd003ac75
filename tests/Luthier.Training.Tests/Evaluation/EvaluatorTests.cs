using Luthier.Formats;
using Luthier.Models.Checkpoints;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
using Luthier.Text;
using Luthier.Text.Prompts;
using Luthier.Training.Evaluation;
using Luthier.Training.Options;
using Luthier.Training.Tests.Fixtures;

namespace Luthier.Training.Tests.Evaluation;

public sealed class EvaluatorTests : IDisposable
{
    private static readonly string[] Labels = ["animal", "food"];
    private readonly TempFolder folder = TestData.TempFolder();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheLossIsTheMeanOverAllTokens()
    {
        string[] texts = ["Once upon a time there was a cat.", "Tom and Lily", "The end"];
        File.WriteAllLines(folder["texts.jsonl"], texts.Select(text => $$"""{"text": "{{text}}"}"""));

        var report = Run(new EvaluationOptions { Model = Words.Model, DataPath = folder["texts.jsonl"] });

        using var model = ModelLoader.Load(Words.Model);
        var tokenizer = Tokenizer.Load(Words.Model);
        var losses = texts
            .SelectMany(text => Losses(model, [.. tokenizer.Encode(text), tokenizer.EosId!.Value]))
            .ToList();
        report.Loss.Loss.ShouldBe(losses.Average(), 1e-5);
        report.Loss.Tokens.ShouldBe(losses.Count);
        report.Loss.Perplexity.ShouldBe(Math.Exp(losses.Average()), 1e-3);
        report.Rows.ShouldBe(3);
        report.Labels.ShouldBeNull();
    }

    [Fact]
    public void TheLabelOfHighestProbabilityWins()
    {
        Words.WriteCsv(folder["words.csv"]);

        var report = Run(Classification()).Labels.ShouldNotBeNull();

        using var model = ModelLoader.Load(Words.Model);
        var tokenizer = Tokenizer.Load(Words.Model);
        var expected = new int[2, 2];
        foreach (var line in File.ReadLines(folder["words.csv"]))
        {
            var prompt = PromptTemplate.Load("alpaca_short").Render(line[3..^1]);
            var shared = tokenizer.Encode(prompt).Length;
            var scores = Labels.Select(label =>
                -Losses(model, [.. tokenizer.Encode(prompt + label), tokenizer.EosId!.Value]).Skip(shared - 1).Sum()
            );
            expected[line[0] - '1', scores.First() > scores.Last() ? 0 : 1]++;
        }

        report
            .Confusion.Select(row => row.ToArray())
            .ShouldBe([
                [expected[0, 0], expected[0, 1]],
                [expected[1, 0], expected[1, 1]],
            ]);
        report.Rows.ShouldBe(80);
        report.Accuracy.ShouldBe((expected[0, 0] + expected[1, 1]) / 80.0);
    }

    [Theory]
    [InlineData("lora", "40")]
    [InlineData("full", "12")]
    public void TuningTeachesTheLabels(string method, string epochs)
    {
        Words.WriteCsv(folder["words.csv"]);
        var before = Run(Classification());

        TuneHarness.Run(Words.Options(folder, ("method", method), ("num-epochs", epochs)), new RecordedProgress());
        List<double> progress = [];
        var after = Evaluator.Run(
            Classification() with
            {
                Model = method is "full" ? folder["out"] : Words.Model,
                Adapter = method is "full" ? null : folder["out"],
            },
            TuneHarness.Device,
            new Reports(progress),
            CancellationToken.None
        );

        before.Labels!.Accuracy.ShouldBeLessThan(0.7);
        after.Labels!.Accuracy.ShouldBeGreaterThan(0.95);
        after.Loss.Loss.ShouldBeLessThan(before.Loss.Loss / 2);
        progress.ShouldBeInOrder();
        progress[^1].ShouldBe(1, 1e-9);
    }

    [Theory]
    [InlineData("animal", "--labels: animal: expected at least two different names")]
    [InlineData("animal,animal", "--labels: animal,animal: expected at least two")]
    public void LabelsMustDiffer(string labels, string expected)
    {
        Words.WriteCsv(folder["words.csv"]);
        File.WriteAllText(folder["words.csv"], "1,\"The cat.\"\n");

        Should
            .Throw<InvalidOptionsException>(() => Run(Classification() with { Labels = labels.Split(',') }))
            .Message.ShouldStartWith(expected);
    }

    [Fact]
    public void ARowOfAnotherClassIsNamed()
    {
        File.WriteAllText(folder["words.csv"], "1,\"The cat.\"\nplant,\"The tree.\"\n");

        Should
            .Throw<InvalidFileException>(() => Run(Classification()))
            .Message.ShouldBe($"{folder["words.csv"]} line 2: the answer 'plant' is none of the labels animal, food");
    }

    private EvaluationOptions Classification() =>
        new()
        {
            Model = Words.Model,
            DataPath = folder["words.csv"],
            Columns = "instruction=2,output=1",
            Labels = Labels,
            PromptTemplateName = "alpaca_short",
            TrainOnInputs = false,
        };

    private static EvaluationReport Run(EvaluationOptions options) =>
        Evaluator.Run(options, TuneHarness.Device, null, CancellationToken.None);

    // −log p of each token but the first, from the logits.
    private static double[] Losses(Transformer model, int[] ids)
    {
        using var tape = new Tape(TuneHarness.Device);
        var logits = model.Logits(tape, model.Forward(tape, Batch.FromSequences(ids)));
        var losses = new double[ids.Length - 1];
        for (var i = 0; i < losses.Length; i++)
        {
            var row = logits.AsFloats().Slice(i * logits.Columns, logits.Columns).ToArray();
            var largest = row.Max();
            losses[i] = largest + Math.Log(row.Sum(value => Math.Exp(value - largest))) - row[ids[i + 1]];
        }

        return losses;
    }

    private sealed class Reports(List<double> values) : IProgress<double>
    {
        public void Report(double value) => values.Add(value);
    }
}
