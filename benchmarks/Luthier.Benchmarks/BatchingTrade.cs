using System.Diagnostics;
using System.Globalization;
using Luthier.Generation;
using Luthier.Generation.Engine;
using Luthier.Models.Checkpoints;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.KeyValues;

namespace Luthier.Benchmarks;

/// <summary>
/// What the token budget of a step trades: texts in progress wait for a step of the budget while prompts arrive. For each
/// budget a line of a table: the time of one step of so many tokens (the median, measured alone), the time between tokens
/// of four texts while prompts of 1,024 tokens arrive one after another, and how fast these are computed.
/// </summary>
internal static class BatchingTrade
{
    private const int Texts = 4;
    private const int PromptTokens = 1024;
    private const int Vocabulary = 30011;

    public static int Run(string path, string[] options)
    {
        var values = Options.Read(options);
        var threads = int.Parse(values.GetValueOrDefault("--threads", "0"), CultureInfo.InvariantCulture);
        var prompts = int.Parse(values.GetValueOrDefault("--prompts", "12"), CultureInfo.InvariantCulture);
        var budgets = values.GetValueOrDefault("--budgets", "32,64,128,256,512").Split(',');
        using var model = ModelLoader.Load(path);
        using var device = new CpuDevice(threads);
        Console.WriteLine("| budget | step | between tokens p50 | p99 | p99 / step | prompt tokens/s |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var budget in budgets.Select(text => int.Parse(text, CultureInfo.InvariantCulture)))
        {
            var step = StepTime(model, device, budget);
            var (gaps, rate) = Load(model, device, budget, prompts).GetAwaiter().GetResult();
            gaps.Sort();
            var (p50, p99) = (gaps[gaps.Count / 2], gaps[(int)(gaps.Count * 0.99)]);
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {budget} | {step:F1} ms | {p50:F1} ms | {p99:F1} ms | {p99 / step:F2} | {rate:F0} |"
                )
            );
        }

        return 0;
    }

    // A step of the budget in the middle of a prompt, beside the texts' tokens.
    private static double StepTime(Transformer model, CpuDevice device, int budget)
    {
        const int repeats = 15;
        using var tape = new Tape(device, model.Precision);
        var share = PagedKeyValueCache.BlocksFor(2 * PromptTokens);
        using var cache = new PagedKeyValueCache(model.Config.KeyValueShape, share * (Texts + 1), KeyValueType.Float32);
        var held = Enumerable.Range(0, cache.Blocks).ToArray();
        var tokens = Tokens(1, PromptTokens);
        var batch = new PagedBatch();
        var times = new List<double>();
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            var start = Stopwatch.GetTimestamp();
            batch.Clear();
            for (var text = 0; text < Texts; text++)
            {
                batch.Add(tokens.AsSpan(text, 1), 100 + repeat, held.AsSpan(text * share, share));
            }

            var count = Math.Max(1, budget - Texts);
            batch.Add(tokens.AsSpan(0, count), PromptTokens / 2, held.AsSpan(Texts * share, share));
            tape.Reset();
            model.Logits(tape, model.Forward(tape, batch, cache), [0, 1, 2, 3]);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        return times[repeats / 2];
    }

    private static async Task<(List<double> Gaps, double Rate)> Load(
        Transformer model,
        CpuDevice device,
        int budget,
        int prompts
    )
    {
        var engineOptions = new EngineOptions
        {
            MaxBatchedTokens = budget,
            MaxSequences = 2 * Texts,
            CacheType = KeyValueType.Float32,
        };
        await using var engine = new InferenceEngine(model, null, device, engineOptions);
        using var stop = new CancellationTokenSource();
        var gaps = new List<double>();
        var readers = Enumerable.Range(0, Texts).Select(text => Read(engine, text, gaps, stop.Token)).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(1));
        lock (gaps)
        {
            gaps.Clear();
        }

        // Two prompts wait at a time, so that no step is without one.
        var start = Stopwatch.GetTimestamp();
        var queue = new Queue<Task>();
        for (var i = 0; i < prompts; i++)
        {
            if (queue.Count == 2)
            {
                await queue.Dequeue();
            }

            queue.Enqueue(Prompt(engine, i + Texts));
        }

        await Task.WhenAll(queue);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        List<double> measured;
        lock (gaps)
        {
            measured = [.. gaps];
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
        return (measured, prompts * PromptTokens / seconds);
    }

    private static async Task Read(InferenceEngine engine, int text, List<double> gaps, CancellationToken stop)
    {
        var options = new GenerationOptions { Temperature = 0, MaxNewTokens = PromptTokens };
        while (!stop.IsCancellationRequested)
        {
            await using var stream = engine.Submit(
                new GenerationRequest
                {
                    Id = $"text {text}",
                    Prompt = Tokens(text, 16),
                    Options = options,
                }
            );
            var last = 0L;
            await foreach (var _ in stream.Tokens.ReadAllAsync(CancellationToken.None))
            {
                var now = Stopwatch.GetTimestamp();
                if (last != 0)
                {
                    lock (gaps)
                    {
                        gaps.Add(Stopwatch.GetElapsedTime(last, now).TotalMilliseconds);
                    }
                }

                last = now;
                if (stop.IsCancellationRequested)
                {
                    break;
                }
            }
        }
    }

    private static async Task Prompt(InferenceEngine engine, int number)
    {
        await using var stream = engine.Submit(
            new GenerationRequest
            {
                Id = $"prompt {number}",
                Prompt = Tokens(number, PromptTokens),
                Options = new GenerationOptions { Temperature = 0, MaxNewTokens = 1 },
            }
        );
        await foreach (var _ in stream.Tokens.ReadAllAsync())
        {
            // Only that it comes matters.
        }
    }

    private static int[] Tokens(int seed, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (((i + 1) * 7919) + (seed * 104729)) % Vocabulary)];
}
