using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Formats.Weights;
using Luthier.Generation.Engine;
using Luthier.Tensors.KeyValues;

namespace Luthier.Cli.Serve;

/// <summary>The options of the engine, under vLLM's names.</summary>
internal sealed class EngineOptionSet
{
    private static readonly EngineOptions Defaults = new();

    private readonly Option<int?> maxModelLength = OptionOf.OptionalInteger(
        "--max-model-len",
        "Longest sequence, prompt and new tokens (default: the model's)",
        1
    );

    private readonly Option<int> maxSequences = OptionOf.Integer(
        "--max-num-seqs",
        "Sequences that are computed at a time",
        Defaults.MaxSequences,
        1
    );

    private readonly Option<int?> maxBatchedTokens = OptionOf.OptionalInteger(
        "--max-num-batched-tokens",
        "Tokens computed in a step at most: more for throughput, fewer for short pauses "
            + $"(default: {Defaults.MaxBatchedTokens}, or --max-num-seqs if that is more)",
        1
    );

    private readonly Option<string> cacheType = OptionOf.Choice(
        "--kv-cache-dtype",
        "How keys and values are kept; auto: float32",
        "auto",
        "auto",
        "float32",
        "bfloat16",
        "int8"
    );

    private readonly Option<string?> cacheMemory = new("--kv-cache-memory")
    {
        Description =
            "Memory for keys and values, such as 4GiB (default: what the sequences could need, at most a "
            + "quarter of the memory)",
        HelpName = "SIZE",
        CustomParser = result =>
            OptionOf.Read(
                result,
                "--kv-cache-memory",
                "a number of bytes, or a size such as 500MB or 4GiB",
                text => ByteSize.TryParse(text, out var bytes) && bytes > 0 ? text : null
            ),
    };

    private readonly Option<int> maxQueue = OptionOf.Integer(
        "--max-queue",
        "Requests that may wait; more are answered with status 429",
        Defaults.MaxWaiting,
        1
    );

    private readonly Option<bool> prefixCaching = OptionOf.Switch(
        "--enable-prefix-caching",
        "Keep what was computed for texts that begin alike",
        fallback: true
    );

    public EngineOptionSet() => cacheMemory.Aliases.Add("--kv-cache-memory-bytes");

    public IReadOnlyList<Option> All =>
        [maxModelLength, maxSequences, maxBatchedTokens, cacheType, cacheMemory, maxQueue, prefixCaching];

    /// <summary>What is wrong between the options.</summary>
    public IEnumerable<string> Problems(Invocation invocation)
    {
        var sequences = invocation.Get(maxSequences);
        if (invocation.Get(maxBatchedTokens) is { } tokens && tokens < sequences)
        {
            yield return $"{maxBatchedTokens.Name} is {tokens}; expected at least {maxSequences.Name}, {sequences}";
        }
    }

    public EngineOptions Read(Invocation invocation) =>
        new()
        {
            MaxModelLength = invocation.Get(maxModelLength),
            MaxSequences = invocation.Get(maxSequences),
            MaxBatchedTokens =
                invocation.Get(maxBatchedTokens) ?? Math.Max(Defaults.MaxBatchedTokens, invocation.Get(maxSequences)),
            CacheType = invocation.Get(cacheType) switch
            {
                "bfloat16" => KeyValueType.BFloat16,
                "int8" => KeyValueType.Int8,
                _ => KeyValueType.Float32,
            },
            CacheBytes = invocation.Get(cacheMemory) is { } size ? ByteSize.Parse(size) : null,
            MaxWaiting = invocation.Get(maxQueue),
            PrefixCaching = invocation.Get(prefixCaching),
        };
}
