using Luthier.Generation.Engine.Adapters;
using Luthier.Generation.Engine.Blocks;
using Luthier.Generation.Engine.Execution;
using Luthier.Generation.Engine.Metrics;
using Luthier.Generation.Engine.Scheduling;
using Luthier.Generation.Stopping;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors.Devices;
using Luthier.Tensors.KeyValues;
using Luthier.Text;

namespace Luthier.Generation.Engine;

/// <summary>
/// Continues many texts at once with one model: requests join and leave between steps, and share what was computed of
/// equal beginnings. What a request gets does not depend on the others.
/// </summary>
/// <remarks>
/// May be used by several threads. The model and the device are the engine's alone while it lives; they are not
/// disposed of with it.
/// </remarks>
public sealed class InferenceEngine : IAsyncDisposable
{
    private readonly ModelConfig config;
    private readonly AdapterRegistry adapters;
    private readonly Tokenizer? tokenizer;
    private readonly bool cachesPrefixes;
    private readonly EngineLoop loop;
    private readonly TimeProvider time;
    private long arrivals;
    private volatile bool closed;

    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Spells the tokens; null: tokens come without text.</param>
    /// <param name="device">What computes.</param>
    /// <param name="options">How the engine works.</param>
    /// <param name="time">For the metrics; null: the system's.</param>
    /// <exception cref="ArgumentException">Options are out of range or don't fit the model.</exception>
    public InferenceEngine(
        Transformer model,
        Tokenizer? tokenizer,
        Device device,
        EngineOptions options,
        TimeProvider? time = null
    )
        : this(
            model.Config,
            new AdapterRegistry(model),
            tokenizer,
            options,
            time ?? TimeProvider.System,
            blocks => new PagedRunner(model, device, blocks, options.CacheType)
        ) { }

    internal InferenceEngine(
        ModelConfig config,
        AdapterRegistry adapters,
        Tokenizer? tokenizer,
        EngineOptions options,
        TimeProvider time,
        Func<int, IModelRunner> runner
    )
    {
        options.Validate();
        this.config = config;
        this.adapters = adapters;
        this.tokenizer = tokenizer;
        cachesPrefixes = options.PrefixCaching;
        this.time = time;
        var blockBytes = PagedKeyValueCache.BytesPerBlock(config.KeyValueShape, options.CacheType);
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var blocks = options.ResolveBlocks(config.MaxPositions, blockBytes, memory);
        MaxModelLength = options.ResolveLength(config.MaxPositions, blocks);
        Metrics = new EngineMetrics(blocks, MaxModelLength);
        loop = new EngineLoop(runner(blocks), options, Metrics, time);
    }

    /// <summary>The longest sequence, prompt and new tokens.</summary>
    public int MaxModelLength { get; }

    /// <summary>What the engine counts.</summary>
    public EngineMetrics Metrics { get; }

    /// <summary>Why the engine computes no more, and has to be made anew; null: it works.</summary>
    public Exception? Fault => loop.Fault;

    /// <summary>Takes a request; its tokens come from the stream that is returned.</summary>
    /// <exception cref="ArgumentException">The request is wrong: one sentence says in what.</exception>
    /// <exception cref="QueueFullException">Too many requests wait.</exception>
    /// <exception cref="EngineStoppedException">The engine takes no more requests.</exception>
    public GenerationStream Submit(GenerationRequest request)
    {
        Check(request);
        CheckOpen();
        var stream = new GenerationStream(request.Id, request.Prompt.Count);
        var room = Math.Min(request.Options.MaxNewTokens, MaxModelLength - request.Prompt.Count);
        var options = request.Options with
        {
            MaxNewTokens = room,
            MinNewTokens = Math.Min(request.Options.MinNewTokens, room),
        };
        var text = new TextAssembler(tokenizer, request.Prompt, options);
        var clock = new RequestClock(Metrics, time);
        var work = new GenerationWork(stream, options, request.Prompt, request.PromptLogprobs, text, clock);
        var adapter = adapters.Use(request.Adapter);
        var sequence = new Sequence(request.Prompt, NewTable(adapter, request.CacheSalt), work)
        {
            Adapter = adapter,
            SharesBlocks = request.PromptLogprobs is null,
            Priority = request.Priority,
            Arrival = Interlocked.Increment(ref arrivals),
        };
        stream.OnCancel(() => loop.Cancel(sequence));
        Add(sequence);
        return stream;
    }

    /// <summary>The hidden states of a text as one vector of length 1.</summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="pooling">How they become one.</param>
    /// <param name="adapter">Name of a loaded adapter; null: the model itself.</param>
    /// <param name="cancellation">Frees what it holds within a step.</param>
    /// <exception cref="ArgumentException">The request is wrong: one sentence says in what.</exception>
    /// <exception cref="QueueFullException">Too many requests wait.</exception>
    /// <exception cref="EngineStoppedException">The engine takes no more requests.</exception>
    public async Task<float[]> EmbedAsync(
        IReadOnlyList<int> prompt,
        Pooling pooling,
        string? adapter = null,
        CancellationToken cancellation = default
    )
    {
        CheckPrompt(prompt, atLeast: 0);
        CheckOpen();
        var work = new EmbeddingWork(pooling, config.HiddenSize, new RequestClock(Metrics, time));
        var used = adapters.Use(adapter);
        var sequence = new Sequence(prompt, NewTable(used, salt: null), work)
        {
            Adapter = used,
            Arrival = Interlocked.Increment(ref arrivals),
            SharesBlocks = pooling != Pooling.Mean,
        };
        Add(sequence);
        var cancelling = cancellation.Register(() => loop.Cancel(sequence));
        await using (cancelling.ConfigureAwait(false))
        {
            return await work.Result.ConfigureAwait(false);
        }
    }

    /// <summary>The adapters that requests may name.</summary>
    public IReadOnlyCollection<AdapterInfo> Adapters => adapters.Infos;

    /// <summary>Loads an adapter from a folder with PEFT files, beside the others; nothing changes if that fails.</summary>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    /// <exception cref="IOException">A file can't be opened.</exception>
    /// <exception cref="Formats.InvalidFileException">A file is wrong, or does not fit the model.</exception>
    public Task LoadAdapterAsync(string name, string folder) => Task.Run(() => adapters.Load(name, folder));

    /// <summary>Lets no new request use an adapter; completes when those that do have ended.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public Task UnloadAdapterAsync(string name) => adapters.Unload(name);

    /// <summary>Takes no more requests, and waits for those that it has.</summary>
    public Task DrainAsync(CancellationToken cancellation = default)
    {
        closed = true;
        loop.Drain();
        return loop.Drained.WaitAsync(cancellation);
    }

    /// <summary>Cancels all requests and ends the engine's thread.</summary>
    public async ValueTask DisposeAsync()
    {
        closed = true;
        loop.Stop();
        await Task.Run(loop.Dispose).ConfigureAwait(false);
    }

    private BlockTable NewTable(LoadedAdapter? adapter, string? salt)
    {
        var root = cachesPrefixes ? BlockHash.Root(adapter?.Number ?? 0, salt) : default;
        return loop.NewTable(root, cachesPrefixes);
    }

    private void Add(Sequence sequence)
    {
        try
        {
            loop.Add(sequence);
        }
        catch (QueueFullException)
        {
            sequence.Adapter?.Leave();
            throw;
        }
    }

    private void CheckOpen()
    {
        if (closed || loop.Fault is not null)
        {
            throw new EngineStoppedException(
                loop.Fault is { } fault ? $"the engine has failed: {fault.Message}" : "the engine is shutting down"
            );
        }
    }

    private void Check(GenerationRequest request)
    {
        request.Options.Validate(config.VocabularySize);
        if (request.Options.StopStrings.Count > 0 && tokenizer is null)
        {
            throw new ArgumentException("stop strings need a tokenizer, which the model hasn't");
        }

        if (request.PromptLogprobs < 0)
        {
            throw new ArgumentException($"prompt logprobs is {request.PromptLogprobs}, expected 0 or more");
        }

        CheckPrompt(request.Prompt, atLeast: Math.Min(1, request.Options.MaxNewTokens));
    }

    /// <param name="prompt">Of a request.</param>
    /// <param name="atLeast">There must be room for so many new tokens.</param>
    private void CheckPrompt(IReadOnlyList<int> prompt, int atLeast)
    {
        if (prompt.Count == 0)
        {
            throw new ArgumentException("the prompt is empty: expected at least one token");
        }

        if (prompt.Count + atLeast > MaxModelLength)
        {
            throw new ArgumentException(
                $"the prompt has {prompt.Count} tokens, expected at most {MaxModelLength - atLeast}: "
                    + $"the context is {MaxModelLength} tokens, prompt and new ones"
            );
        }

        foreach (var token in prompt)
        {
            if ((uint)token >= (uint)config.VocabularySize)
            {
                throw new ArgumentException($"the prompt has token {token}, expected 0 to {config.VocabularySize - 1}");
            }
        }
    }
}
