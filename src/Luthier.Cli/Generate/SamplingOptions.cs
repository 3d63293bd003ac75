using System.CommandLine;
using System.Globalization;
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

    private readonly Option<double?> minP = OptionOf.OptionalNumber(
        "--min-p",
        "Draw from tokens of at least this part of the largest probability; 0: all",
        0,
        1
    );

    private readonly Option<double?> repetitionPenalty = OptionOf.OptionalNumber(
        "--repetition-penalty",
        "Makes tokens seen before less probable; 1: off",
        0,
        above: true
    );

    private readonly Option<double?> presencePenalty = OptionOf.OptionalNumber(
        "--presence-penalty",
        "Subtracted from the logits of new tokens that were drawn before; -2 to 2",
        -2,
        2
    );

    private readonly Option<double?> frequencyPenalty = OptionOf.OptionalNumber(
        "--frequency-penalty",
        "Subtracted from the logits of new tokens for each time that they were drawn; -2 to 2",
        -2,
        2
    );

    private readonly Option<string[]> logitBias = OptionOf.List(
        "--logit-bias",
        "Added to the logits of tokens, as ID=BIAS from -100 to 100"
    );

    private readonly Option<int?> minNewTokens = OptionOf.OptionalInteger(
        "--min-new-tokens",
        "No end-of-text token and no stop text before so many tokens",
        0
    );

    private readonly Option<string[]> stop = OptionOf.Texts("--stop", "Texts that end the text where one occurs");

    private readonly Option<bool> includeStop = OptionOf.Switch(
        "--include-stop-str-in-output",
        "Whether a --stop text that ended the text is part of it"
    );

    private readonly Option<int?> logprobs = OptionOf.OptionalInteger(
        "--logprobs",
        "With --json: each token's log-probability, and those of this many most probable tokens",
        0
    );

    private readonly Option<int> seed = OptionOf.Integer("--seed", "Equal seeds draw equal tokens", 0, 0);
    private readonly Option<bool> ignoreEos = OptionOf.Switch("--ignore-eos", "Go on after an end-of-text token");

    public IReadOnlyList<Option> All =>
        [
            maxNewTokens,
            minNewTokens,
            temperature,
            topP,
            topK,
            minP,
            repetitionPenalty,
            presencePenalty,
            frequencyPenalty,
            logitBias,
            seed,
            stop,
            includeStop,
            ignoreEos,
            logprobs,
        ];

    /// <param name="hasText">Whether there is a tokenizer.</param>
    /// <exception cref="UsageException">A value is not as expected.</exception>
    public GenerationOptions Read(Invocation invocation, GenerationConfig config, int vocabularySize, bool hasText)
    {
        if (invocation.IsGiven(stop) && !hasText)
        {
            throw new UsageException($"{stop.Name} needs the model's tokenizer, which is not there");
        }

        var defaults = GenerationOptions.Of(config);
        var options = defaults with
        {
            MaxNewTokens = invocation.Get(maxNewTokens) ?? defaults.MaxNewTokens,
            MinNewTokens = invocation.Get(minNewTokens) ?? 0,
            Temperature = invocation.Get(temperature) ?? defaults.Temperature,
            TopP = invocation.Get(topP) ?? defaults.TopP,
            TopK = invocation.Get(topK) ?? defaults.TopK,
            MinP = invocation.Get(minP) ?? defaults.MinP,
            RepetitionPenalty = invocation.Get(repetitionPenalty) ?? defaults.RepetitionPenalty,
            PresencePenalty = invocation.Get(presencePenalty) ?? 0,
            FrequencyPenalty = invocation.Get(frequencyPenalty) ?? 0,
            LogitBias = ReadBiases(OptionOf.Values(invocation.Get(logitBias))),
            Seed = (ulong)invocation.Get(seed),
            StopStrings = invocation.Get(stop) ?? [],
            IncludeStopString = invocation.Get(includeStop),
            IgnoreStopTokens = invocation.Get(ignoreEos),
            Logprobs = invocation.Get(logprobs),
        };
        try
        {
            options.Validate(vocabularySize);
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }

        return options;
    }

    private Dictionary<int, float> ReadBiases(IReadOnlyList<string> values)
    {
        var biases = new Dictionary<int, float>();
        foreach (var value in values)
        {
            if (
                value.Split('=') is not [var id, var bias]
                || !int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var token)
                || !float.TryParse(bias, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            )
            {
                throw new UsageException($"{logitBias.Name} is '{value}'; expected ID=BIAS such as 13=-5");
            }

            biases[token] = number;
        }

        return biases;
    }
}
