using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Luthier.Models.Checkpoints;
using Luthier.Models.Quantization;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.KeyValues;

namespace Luthier.Benchmarks;

/// <summary>
/// Steps of generation on command, so that a script can alternate them with a peer's in one run. A line
/// <c>prefill N</c> computes a prompt of N tokens, <c>decode N S</c> N steps of S sequences that hold 16 tokens each; both
/// are answered with {"ms", "allocated"}: the time and the bytes of garbage. <c>profile</c> before either prints what its
/// operations took.
/// </summary>
internal static class GenerateServer
{
    private const int MaxTokens = 32 * 1024;
    private const int Start = 16;

    public static int Run(string path, string[] options)
    {
        var values = Options.Read(options);
        var threads = int.Parse(values.GetValueOrDefault("--threads", "0"), CultureInfo.InvariantCulture);
        var type = Enum.Parse<KeyValueType>(values.GetValueOrDefault("--cache", "Float32"), ignoreCase: true);
        WeightMix? mix = null;
        if (values.TryGetValue("--quantization", out var name) && !WeightMix.TryParse(name, out mix))
        {
            throw new ArgumentException($"unknown quantization '{name}'");
        }

        using var model = ModelLoader.Load(path, new LoadOptions { Quantization = mix, Threads = threads });
        using var device = new TimedDevice(new CpuDevice(threads));
        using var tape = new Tape(device, model.Precision);
        var blocks = MaxTokens / PagedKeyValueCache.BlockTokens;
        using var cache = new PagedKeyValueCache(model.Config.KeyValueShape, blocks, type);
        var steps = new Steps(model, tape, cache);
        steps.Prefill(40);
        steps.Decode(2, 1);
        Console.Error.WriteLine(device.Name);
        Console.WriteLine("{\"ready\": true}");
        var profiled = false;
        while (Console.ReadLine() is { } line and not "quit")
        {
            if (line is "profile")
            {
                profiled = true;
                continue;
            }

            var words = line.Split(' ');
            var count = int.Parse(words[1], CultureInfo.InvariantCulture);
            device.Reset();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            if (words[0] is "prefill")
            {
                steps.Prefill(count);
            }
            else
            {
                steps.Decode(count, int.Parse(words[2], CultureInfo.InvariantCulture));
            }

            var ms = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Console.WriteLine(JsonSerializer.Serialize(new { ms, allocated }));
            foreach (var (operation, spent, calls) in profiled ? device.Spent : [])
            {
                Console.Error.WriteLine($"{spent, 9:F2} ms {calls, 6} × {operation}");
            }

            profiled = false;
        }

        return 0;
    }

    private sealed class Steps(Transformer model, Tape tape, PagedKeyValueCache cache)
    {
        private readonly PagedBatch batch = new();
        private readonly int[] tokens = [.. Enumerable.Range(0, MaxTokens).Select(i => (i * 7919) % 30011)];
        private readonly int[] held = [.. Enumerable.Range(0, MaxTokens / PagedKeyValueCache.BlockTokens)];
        private readonly int[] rows = [.. Enumerable.Range(0, 1024)];

        public void Prefill(int count)
        {
            batch.Clear();
            batch.Add(tokens.AsSpan(0, count), 0, held);
            Step([count - 1]);
        }

        public void Decode(int count, int sequences)
        {
            var share = held.Length / sequences;
            for (var i = 0; i < count; i++)
            {
                batch.Clear();
                for (var s = 0; s < sequences; s++)
                {
                    batch.Add(tokens.AsSpan(i + s, 1), Start + i, held.AsSpan(s * share, share));
                }

                Step(rows.AsSpan(0, sequences));
            }
        }

        private void Step(ReadOnlySpan<int> wanted)
        {
            tape.Reset();
            model.Logits(tape, model.Forward(tape, batch, cache), wanted);
        }
    }
}
