using System.Diagnostics;
using System.Globalization;
using Luthier.Generation;
using Luthier.Generation.Engine;
using Luthier.Generation.Engine.Adapters;
using Luthier.Generation.Engine.Execution;
using Luthier.Generation.Engine.Scheduling;
using Luthier.Models.Checkpoints;
using Luthier.Tensors.Devices;
using Luthier.Text;

namespace Luthier.Benchmarks;

/// <summary>
/// Lets an engine continue many texts at once and prints what that took: tokens a second, the part of the time that was
/// not the model's (scheduling, choosing tokens, spelling them), and the garbage of a new token there and in the model.
/// </summary>
internal static class EnginePasses
{
    public static async Task<int> RunAsync(string path, string[] options)
    {
        var values = Options.Read(options);
        var sequences = Number("--sequences", 16);
        var (prompt, newTokens) = (Number("--prompt", 64), Number("--new", 128));
        using var model = ModelLoader.Load(path);
        using var device = CpuDevice.Create(Number("--threads", 0));
        var tokenizer = values.TryGetValue("--tokenizer", out var folder) ? Tokenizer.Load(folder) : null;
        var engineOptions = new EngineOptions
        {
            MaxSequences = sequences,
            MaxBatchedTokens = Math.Max(512, sequences),
            MaxModelLength = Math.Min(model.Config.MaxPositions, prompt + newTokens),
        };
        TimedRunner? runner = null;
        await using var engine = new InferenceEngine(
            model.Config,
            new AdapterRegistry(model),
            tokenizer,
            engineOptions,
            TimeProvider.System,
            blocks => runner = new TimedRunner(new PagedRunner(model, device, blocks, engineOptions.CacheType))
        );
        for (var pass = 0; pass < Number("--passes", 3); pass++)
        {
            runner!.Reset();
            var start = Stopwatch.GetTimestamp();
            await Task.WhenAll(
                Enumerable
                    .Range(0, sequences)
                    .Select(i =>
                        CompletedText.ReadAsync(
                            engine.Submit(
                                new GenerationRequest
                                {
                                    Id = $"{i}",
                                    Prompt =
                                    [
                                        .. Enumerable
                                            .Range(0, prompt)
                                            .Select(j =>
                                                ((pass * 101) + (i * 31) + (j * 7)) % model.Config.VocabularySize
                                            ),
                                    ],
                                    Options = new GenerationOptions
                                    {
                                        MaxNewTokens = newTokens,
                                        Temperature = Number("--temperature", 0),
                                        TopP = Number("--top-p", 100) / 100.0,
                                        Seed = (ulong)i,
                                    },
                                }
                            )
                        )
                    )
            );
            var elapsed = Stopwatch.GetElapsedTime(start);
            Console.WriteLine(runner.Report(elapsed, (long)sequences * newTokens));
        }

        return 0;

        int Number(string name, int fallback) =>
            values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
    }

    /// <summary>Parts the engine's thread into the model's work and its own.</summary>
    private sealed class TimedRunner(IModelRunner inner) : IModelRunner, IStepResults
    {
        private IStepResults? results;
        private TimeSpan inModel;
        private TimeSpan outside;
        private long garbageInModel;
        private long garbageOutside;
        private long lastTime;
        private long lastGarbage;
        private int steps;

        public int Blocks => inner.Blocks;

        public void Reset() => (inModel, outside, garbageInModel, garbageOutside, steps) = (default, default, 0, 0, 0);

        public void Run(StepPlan plan, IStepResults results)
        {
            this.results = results;

            // The time before the first step is not the engine's.
            Count(isModel: false, counts: steps++ > 0);
            inner.Run(plan, this);
            Count(isModel: true);
        }

        public void OnLogits(int chunk, int position, Span<float> logits)
        {
            Count(isModel: true);
            results!.OnLogits(chunk, position, logits);
            Count(isModel: false);
        }

        public void OnHidden(int chunk, int position, ReadOnlySpan<float> hidden) =>
            results!.OnHidden(chunk, position, hidden);

        public string Report(TimeSpan elapsed, long tokens) =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{tokens / elapsed.TotalSeconds, 9:N0} tokens/s {steps} steps, {elapsed.TotalMilliseconds / steps:F3} ms each; "
                    + $"outside the model {100 * outside / (outside + inModel):F1} %, {outside.TotalMicroseconds / tokens:F2} µs "
                    + $"a token; garbage a token: {(double)garbageOutside / tokens:F1} bytes, "
                    + $"{(double)garbageInModel / tokens:F1} in the model"
            );

        public void Dispose() => inner.Dispose();

        private void Count(bool isModel, bool counts = true)
        {
            var time = Stopwatch.GetTimestamp();
            var garbage = GC.GetAllocatedBytesForCurrentThread();
            if (counts && isModel)
            {
                inModel += Stopwatch.GetElapsedTime(lastTime, time);
                garbageInModel += garbage - lastGarbage;
            }
            else if (counts)
            {
                outside += Stopwatch.GetElapsedTime(lastTime, time);
                garbageOutside += garbage - lastGarbage;
            }

            (lastTime, lastGarbage) = (time, garbage);
        }
    }
}
