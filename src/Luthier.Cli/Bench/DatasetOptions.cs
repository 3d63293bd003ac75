using System.CommandLine;
using Luthier.Cli.CommandLine;

namespace Luthier.Cli.Bench;

/// <summary>The options that say which requests a load consists of; those of <c>vllm bench serve</c> are their other names.</summary>
internal sealed class DatasetOptions
{
    private const string Random = "random";
    private const string SharedPrefix = "shared-prefix";
    private const string FromFile = "file";

    private readonly Option<string> name = OptionOf.Choice(
        "--dataset-name",
        "random words, random words behind shared beginnings, or the prompts of a file",
        Random,
        Random,
        SharedPrefix,
        FromFile,
        "prefix_repetition",
        "custom",
        "sharegpt"
    );

    private readonly Option<string?> path = OptionOf.ExistingFile(
        "--dataset-path",
        "JSON lines with prompt, or conversations in ShareGPT's form"
    );

    private readonly Option<int> inputLength = Named(
        OptionOf.Integer("--input-len", "Mean tokens of a random prompt", 1024, 1),
        "--random-input-len",
        "--prefix-repetition-suffix-len"
    );

    private readonly Option<int?> outputLength = Named(
        OptionOf.OptionalInteger(
            "--output-len",
            "Mean tokens to ask for (default: 128; of a file, the length of its answers or 256)",
            1
        ),
        "--random-output-len",
        "--prefix-repetition-output-len",
        "--custom-output-len",
        "--sharegpt-output-len"
    );

    private readonly Option<double> rangeRatio = Named(
        OptionOf.Number("--range-ratio", "How far random lengths stray from their mean, as a share of it", 0, 0, 0.999),
        "--random-range-ratio"
    );

    private readonly Option<int> prefixLength = Named(
        OptionOf.Integer("--prefix-len", "Tokens of a shared beginning (shared-prefix: 256 if not given)", 0, 0),
        "--random-prefix-len",
        "--prefix-repetition-prefix-len"
    );

    private readonly Option<int> prefixes = Named(
        OptionOf.Integer("--num-prefixes", "Different shared beginnings (shared-prefix: 10 if not given)", 1, 1),
        "--prefix-repetition-num-prefixes"
    );

    public Option<string?> Tokenizer { get; } =
        OptionOf.ExistingPath(
            "--tokenizer",
            "Tokenizer to make prompts of exact lengths with (default: the server's, else words count as tokens)"
        );

    public IReadOnlyList<Option> All =>
        [name, path, Tokenizer, inputLength, outputLength, rangeRatio, prefixLength, prefixes];

    public IEnumerable<string> Problems(Invocation invocation)
    {
        if (Kind(invocation) is FromFile != invocation.IsGiven(path))
        {
            yield return invocation.IsGiven(path)
                ? $"{path.Name} needs {name.Name} {FromFile}"
                : $"{name.Name} {invocation.Get(name)} needs {path.Name}";
        }
    }

    public Dataset Create(Invocation invocation, PromptText text, int seed)
    {
        const int DefaultOutput = 128;
        var kind = Kind(invocation);
        if (kind is FromFile)
        {
            return new FileDataset(invocation.Get(path)!, invocation.Get(outputLength), text);
        }

        var shares = kind is SharedPrefix;
        var lengths = new RandomLengths(
            shares && !invocation.IsGiven(inputLength) ? 256 : invocation.Get(inputLength),
            invocation.Get(outputLength) ?? DefaultOutput,
            invocation.Get(rangeRatio),
            shares && !invocation.IsGiven(prefixLength) ? 256 : invocation.Get(prefixLength),
            shares && !invocation.IsGiven(prefixes) ? 10 : invocation.Get(prefixes)
        );
        return new RandomDataset(lengths, text, seed);
    }

    private string Kind(Invocation invocation) =>
        invocation.Get(name) switch
        {
            "prefix_repetition" => SharedPrefix,
            "custom" or "sharegpt" => FromFile,
            var kind => kind!,
        };

    private static T Named<T>(T option, params ReadOnlySpan<string> others)
        where T : Option
    {
        foreach (var other in others)
        {
            option.Aliases.Add(other);
        }

        return option;
    }
}
