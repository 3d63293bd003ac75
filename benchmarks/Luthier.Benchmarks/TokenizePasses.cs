using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Luthier.Formats.Json;
using Luthier.Text;
using Luthier.Text.Prompts;

namespace Luthier.Benchmarks;

/// <summary>
/// Turns a file in Alpaca's form into tokens, as tuning does: fills in the prompt template, and encodes prompt and answer
/// as one text. Prints how many examples and tokens a second that are, twice. Warm: the file over and over, with a
/// tokenizer that has met all its words. Cold: the file once, with a tokenizer just loaded. A large file lies in between.
/// </summary>
internal static class TokenizePasses
{
    private const int ExamplesAtATime = 32;
    private static readonly TimeSpan PassLength = TimeSpan.FromSeconds(1);

    public static int Run(string tokenizerPath, string dataPath, string[] options)
    {
        var values = Options.Read(options);
        var threads = int.Parse(values.GetValueOrDefault("--threads", "2"), CultureInfo.InvariantCulture);
        var passes = int.Parse(values.GetValueOrDefault("--passes", "9"), CultureInfo.InvariantCulture);
        var template = PromptTemplate.Load("alpaca");
        Example[] examples = [.. JsonFile.Read(dataPath).Items().Select(Example.Read)];
        Pass Measure(Tokenizer tokenizer, int times) => Pass.Run(tokenizer, template, examples, times, threads);

        // The code is warm after this as well, so that the cold passes find cold caches only.
        var warm = Tokenizer.Load(tokenizerPath);
        var first = Measure(warm, 1);
        for (var warming = first.Elapsed; warming < PassLength; warming += first.Elapsed)
        {
            first = Measure(warm, 1);
        }

        var times = (int)Math.Max(1, Math.Round(PassLength / first.Elapsed));
        Console.WriteLine($"{examples.Length:N0} examples with {first.Tokens:N0} tokens, {threads} threads");
        var warmPasses = Enumerable.Range(0, passes).Select(_ => Measure(warm, times)).ToArray();
        Report("warm", $"{passes} passes over the file repeated {times} times", warmPasses);
        var coldPasses = Enumerable.Range(0, passes).Select(_ => Measure(Tokenizer.Load(tokenizerPath), 1)).ToArray();
        Report("cold", $"{passes} passes over the file, each with a new tokenizer", coldPasses);
        return 0;
    }

    private static void Report(string name, string what, Pass[] passes)
    {
        var sorted = passes.OrderBy(pass => pass.Elapsed).ToArray();
        Console.WriteLine($"{name}: {what}");
        Console.WriteLine($"  median {sorted[sorted.Length / 2]}");
        Console.WriteLine($"  best   {sorted[0]}");
    }

    private readonly record struct Example(string Instruction, string? Input, string Output)
    {
        public static Example Read(JsonField row) =>
            new(row["instruction"].AsString(), row.Find("input")?.AsString(), row["output"].AsString());
    }

    private readonly record struct Pass(TimeSpan Elapsed, TimeSpan Processor, long Examples, long Tokens)
    {
        public static Pass Run(Tokenizer tokenizer, PromptTemplate template, Example[] examples, int times, int threads)
        {
            GC.Collect();
            var tokens = 0L;
            var count = (long)examples.Length * times;
            var processor = Environment.CpuUsage.UserTime;
            var start = Stopwatch.GetTimestamp();
            Parallel.ForEach(
                Partitioner.Create(0, count, ExamplesAtATime),
                new ParallelOptions { MaxDegreeOfParallelism = threads },
                range =>
                {
                    var sum = 0L;
                    for (var i = range.Item1; i < range.Item2; i++)
                    {
                        var (instruction, input, output) = examples[i % examples.Length];
                        sum += tokenizer.Encode(template.Render(instruction, input, output)).Length;
                    }

                    Interlocked.Add(ref tokens, sum);
                }
            );
            var elapsed = Stopwatch.GetElapsedTime(start);
            return new Pass(elapsed, Environment.CpuUsage.UserTime - processor, count, tokens);
        }

        public override string ToString() =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Examples / Elapsed.TotalSeconds, 9:N0} examples/s {Tokens / Elapsed.TotalSeconds, 12:N0} tokens/s "
                    + $"{Processor.TotalMicroseconds / Examples, 8:F1} µs of processor time an example"
            );
    }
}
