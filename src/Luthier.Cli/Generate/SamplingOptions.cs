using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Generation;
using Luthier.Models.Configuration;

namespace Luthier.Cli.Generate;

/// <summary>How tokens are chosen; what is not given is as the model's generation_config.json says.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<int?> maxNewTokens = OptionOf.OptionalInteger(
        "--max-new-tokens",
        "Tokens to add at most (default: the model's, else 128)",
        0
    );

    private readonly Option<double?> temperature = OptionOf.OptionalNumber(
        "--temperature",
        "Divides the logits; 0 always takes the most probable token (default: the model's, else 0)",
        0
    );

    private readonly Option<double?> topP = OptionOf.OptionalNumber(
        "--top-p",
        "Draw from the most probable tokens that together have this probability",
        0,
        1,
        above: true
    );

    private readonly Option<int?> topK = OptionOf.OptionalInteger(
        "--top-k",
        "Draw from this many most probable tokens; 0: all",
        0
    );

    private readonly Option<double?> repetitionPenalty = OptionOf.OptionalNumber(
        "--repetition-penalty",
        "Makes tokens seen before less probable; 1: off",
        0,
        above: true
    );

    private readonly Option<int> seed = OptionOf.Integer("--seed", "Equal seeds draw equal tokens", 0, 0);
    private readonly Option<bool> ignoreEos = OptionOf.Switch("--ignore-eos", "Go on after an end-of-text token");

    public IReadOnlyList<Option> All => [maxNewTokens, temperature, topP, topK, repetitionPenalty, seed, ignoreEos];

    public GenerationOptions Read(Invocation invocation, GenerationConfig config)
    {
        var defaults = GenerationOptions.Of(config);
        return defaults with
        {
            MaxNewTokens = invocation.Get(maxNewTokens) ?? defaults.MaxNewTokens,
            Temperature = invocation.Get(temperature) ?? defaults.Temperature,
            TopP = invocation.Get(topP) ?? defaults.TopP,
            TopK = invocation.Get(topK) ?? defaults.TopK,
            RepetitionPenalty = invocation.Get(repetitionPenalty) ?? defaults.RepetitionPenalty,
            Seed = (ulong)invocation.Get(seed),
            IgnoreStopTokens = invocation.Get(ignoreEos),
        };
    }
}
