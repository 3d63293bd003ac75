namespace Luthier.Generation.Engine.Metrics;

/// <summary>
/// What an engine counts. Names, meaning and buckets are vLLM's. The engine's thread writes, any thread reads. Times are
/// in seconds.
/// </summary>
/// <param name="blocks">Blocks of the key-value cache.</param>
/// <param name="maxModelLength">The longest sequence, which bounds the buckets of token counts.</param>
public sealed class EngineMetrics(int blocks, int maxModelLength)
{
    private readonly Counter[] finished = [new(), new(), new(), new()];

    /// <summary>Sequences that take part in steps.</summary>
    public Counter Running { get; } = new();

    /// <summary>Sequences in the queue.</summary>
    public Counter Waiting { get; } = new();

    /// <summary>Blocks of the key-value cache.</summary>
    public int Blocks { get; } = blocks;

    /// <summary>Blocks that no sequence holds.</summary>
    public Counter FreeBlocks { get; } = new();

    /// <summary>The part of the key-value cache that is held by sequences, 0 to 1.</summary>
    public double CacheUsage => 1 - ((double)FreeBlocks.Value / Blocks);

    /// <summary>How often a sequence lost its blocks and had to be computed again.</summary>
    public Counter Preemptions { get; } = new();

    /// <summary>Prompt tokens that were looked up in the prefix cache.</summary>
    public Counter PrefixQueries { get; } = new();

    /// <summary>Prompt tokens that the prefix cache had.</summary>
    public Counter PrefixHits { get; } = new();

    /// <summary>Tokens of all prompts that were computed or found.</summary>
    public Counter PromptTokens { get; } = new();

    public Counter GenerationTokens { get; } = new();

    public Counter Steps { get; } = new();

    /// <summary>From arrival to the first token.</summary>
    public Histogram TimeToFirstToken { get; } =
        new(.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560);

    /// <summary>Between two tokens of a request.</summary>
    public Histogram InterTokenLatency { get; } = OutputTokenTimes();

    /// <summary>Of a finished request: from its first token to its last, by the tokens after the first.</summary>
    public Histogram TimePerOutputToken { get; } = OutputTokenTimes();

    /// <summary>From arrival to the end.</summary>
    public Histogram EndToEndLatency { get; } = RequestTimes();

    /// <summary>From arrival until it first took part in a step.</summary>
    public Histogram QueueTime { get; } = RequestTimes();

    /// <summary>From then to the first token.</summary>
    public Histogram PrefillTime { get; } = RequestTimes();

    /// <summary>From the first token to the last.</summary>
    public Histogram DecodeTime { get; } = RequestTimes();

    /// <summary>From the first step to the last token.</summary>
    public Histogram InferenceTime { get; } = RequestTimes();

    /// <summary>Prompt tokens of a finished request.</summary>
    public Histogram RequestPromptTokens { get; } = new(OneTwoFive(maxModelLength));

    /// <summary>New tokens of a finished request.</summary>
    public Histogram RequestGenerationTokens { get; } = new(OneTwoFive(maxModelLength));

    /// <summary>Tokens computed in a step.</summary>
    public Histogram IterationTokens { get; } = new(1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384);

    /// <summary>Requests that ended for a reason.</summary>
    public Counter Finished(FinishReason reason) => finished[(int)reason];

    private static Histogram OutputTokenTimes() =>
        new(.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80);

    private static Histogram RequestTimes() =>
        new(.3, .5, .8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680);

    /// <summary>1, 2, 5, 10, 20, 50 … up to a largest.</summary>
    private static double[] OneTwoFive(int largest)
    {
        var bounds = new List<double>();
        for (var power = 1L; power <= largest; power *= 10)
        {
            foreach (var bound in (ReadOnlySpan<long>)[power, 2 * power, 5 * power])
            {
                if (bound <= largest)
                {
                    bounds.Add(bound);
                }
            }
        }

        return [.. bounds];
    }
}
