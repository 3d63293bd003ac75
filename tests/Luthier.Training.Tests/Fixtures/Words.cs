using Luthier.Training.Options;

namespace Luthier.Training.Tests.Fixtures;

/// <summary>A small classification task in text, on a small pretrained model with a tokenizer.</summary>
internal static class Words
{
    private static readonly string[] Animals =
    [
        "cat",
        "dog",
        "bird",
        "fish",
        "cow",
        "bear",
        "frog",
        "duck",
        "pig",
        "hen",
    ];
    private static readonly string[] Foods =
    [
        "cake",
        "soup",
        "bread",
        "pie",
        "jam",
        "rice",
        "egg",
        "tea",
        "milk",
        "corn",
    ];
    private static readonly string[] Forms = ["The {0}.", "Look, a {0}!", "I saw a {0} today.", "My {0} is big."];

    /// <summary>Model and tokenizer.</summary>
    public static string Model => TestData.Shared("data/stories260k");

    /// <summary>Rows <c>class number,text</c>: 1 for animals, 2 for foods.</summary>
    public static void WriteCsv(string path) =>
        File.WriteAllLines(
            path,
            Forms.SelectMany(form =>
                Animals
                    .Select(word => $"1,\"{Text(form, word)}\"")
                    .Concat(Foods.Select(word => $"2,\"{Text(form, word)}\""))
            )
        );

    /// <summary>Options to learn it.</summary>
    public static TuneOptions Options(TempFolder folder, params (string Name, string Value)[] values) =>
        OptionBinder.Bind(
            new (string Name, string Value)[]
            {
                ("base-model", Model),
                ("data-path", folder["words.csv"]),
                ("output-dir", folder["out"]),
                ("columns", "instruction=2,output=1"),
                ("labels", "animal,food"),
                ("prompt-template-name", "alpaca_short"),
                ("train-on-inputs", "false"),
                ("val-set-size", "0"),
                ("batch-size", "16"),
                ("micro-batch-size", "16"),
                ("num-epochs", "40"),
                ("lora-dropout", "0"),
                ("lora-r", "16"),
                ("lora-alpha", "32"),
                ("learning-rate", "5e-3"),
                ("lr-scheduler-type", "cosine"),
                ("warmup-steps", "5"),
                ("lora-target-modules", "all-linear"),
            }
                .Concat(values)
                .Select(value => new OptionValue(value.Name, value.Value))
        );

    private static string Text(string form, string word) => form.Replace("{0}", word, StringComparison.Ordinal);
}
