using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;

namespace Luthier.Benchmarks;

/// <summary>
/// Runs training steps of a Llama-family model on command, so that a script can alternate them with a peer's in one
/// run: 4 sequences of 256 tokens, LoRA r=8 on q_proj and v_proj or all weights. A line <c>step</c> is answered with
/// {"ms", "loss"}, <c>profile</c> with the time of each operation in a step, <c>quit</c> with
/// {"peak_mb", "allocated_kb"}: the process's peak memory and the garbage of one step.
/// </summary>
internal static class StepServer
{
    private const int Sequences = 4;
    private const int Length = 256;

    public static int Run(string[] options)
    {
        var values = Options.Read(options);
        var lora = !values.TryGetValue("--method", out var method) || method is "lora";
        var half = values.TryGetValue("--dtype", out var dtype) && dtype is "bfloat16";
        var threads = int.Parse(values.GetValueOrDefault("--threads", "0"), CultureInfo.InvariantCulture);
        var config = ModelConfig.Parse("--shape", Encoding.UTF8.GetBytes(values["--shape"]));
        var folder = Directory.CreateTempSubdirectory("luthier-step").FullName;
        try
        {
            Serve(config, lora, half, threads, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static void Serve(ModelConfig config, bool lora, bool half, int threads, string folder)
    {
        using var device = new TimedDevice(new CpuDevice(threads));
        using var model = Create(config, lora, half, folder);
        var adapter = lora ? Adapter.Create(model, new LoraConfig { Rank = 8, Alpha = 16 }, seed: 1) : null;
        using var tape = new Tape(device, half ? MatMulPrecision.BFloat16 : MatMulPrecision.Float32)
        {
            Recording = true,
            Training = true,
        };
        var trained = (adapter?.Parameters ?? model.Parameters).Select(parameter => parameter.Tensor).ToArray();
        adapter?.SetTrainable(true);
        foreach (var tensor in trained)
        {
            tensor.NeedsGradient = true;
        }

        var step = new Step(model, tape, trained, config.VocabularySize);
        Console.Error.WriteLine(device.Name);
        Console.WriteLine("{\"ready\": true}");
        var allocated = 0L;
        while (Console.ReadLine() is { } line and not "quit")
        {
            device.Reset();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            var loss = step.Run();
            var milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Console.WriteLine(JsonSerializer.Serialize(new { ms = milliseconds, loss }));
            if (line is "profile")
            {
                foreach (var (operation, spent, calls) in device.Spent)
                {
                    Console.Error.WriteLine($"{spent, 9:F2} ms {calls, 5} × {operation}");
                }
            }
        }

        Console.WriteLine(
            JsonSerializer.Serialize(new { peak_mb = PeakMegabytes(), allocated_kb = allocated / 1024.0 })
        );
    }

    /// <summary>
    /// Random weights. A frozen base is mapped from a file, as in real use, and held in bfloat16 when products are.
    /// </summary>
    private static Transformer Create(ModelConfig config, bool lora, bool half, string folder)
    {
        var random = RandomWeights.Create(config, seed: 1);
        if (!lora)
        {
            return random;
        }

        ModelSaver.Save(random, folder, new SaveOptions { DType = half ? DType.BFloat16 : DType.Float32 });
        random.Dispose();
        return ModelLoader.Load(folder);
    }

    private static double PeakMegabytes()
    {
        var line = File.ReadLines("/proc/self/status").First(row => row.StartsWith("VmHWM", StringComparison.Ordinal));
        var kilobytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024;
    }

    private sealed class Step(Transformer model, Tape tape, Tensor[] trained, int vocabulary)
    {
        private readonly Batch batch = Batch.FromSequences([
            .. Enumerable.Range(0, Sequences).Select(row => Row(row, vocabulary)),
        ]);

        private readonly Tensor[] means = [.. trained.Select(tensor => Tensor.Create(DType.Float32, tensor.Shape))];
        private readonly Tensor[] variances = [.. trained.Select(tensor => Tensor.Create(DType.Float32, tensor.Shape))];
        private long count;

        /// <summary>Forward, backward and AdamW; the mean loss.</summary>
        public double Run()
        {
            const float Scale = 1f / (Sequences * (Length - 1));
            count++;
            tape.Reset((ulong)count);
            var loss = model.Loss(tape, batch, batch.Tokens, Scale);
            tape.Backward();
            var options = new AdamWStep(3e-4, 0.9, 0.999, 1e-8, 0, count);
            for (var i = 0; i < trained.Length; i++)
            {
                tape.Device.AdamW(trained[i], trained[i].Gradient!, means[i], variances[i], options);
                trained[i].ClearGradient();
            }

            return loss.Mean;
        }

        private static int[] Row(int row, int vocabulary) =>
            [.. Enumerable.Range(0, Length).Select(i => (int)((((row * Length) + i) * 2654435761L) % vocabulary))];
    }
}
