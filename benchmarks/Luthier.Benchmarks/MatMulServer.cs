using System.Diagnostics;
using System.Globalization;
using Luthier.Tensors;
using Luthier.Tensors.Assembly;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Matrices;
using Luthier.Tensors.Operations;

namespace Luthier.Benchmarks;

/// <summary>
/// Times matrix products on command, so that a script can alternate them with a peer's in one run. A line
/// <c>m n k transposeA transposeB type repetitions</c> is answered with the seconds of each repetition;
/// type is float32, bfloat16 (operands of that type), mixed (float32 operands, bfloat16 products), or packed-float32 or
/// packed-bfloat16 (float32 operands, the right one packed beforehand).
/// With <c>--sets N</c> repetitions take turns at N sets of operands, so that caches are as cold as in training.
/// <c>peak type</c> is answered with the GFLOP/s of one core's multiply-adds from registers.
/// </summary>
internal static class MatMulServer
{
    private const char Yes = 't';

    private static Operands[] operands = [];

    public static int Run(string[] options)
    {
        var threads = 0;
        var sets = 1;
        Isa? isa = null;
        for (var i = 0; i + 1 < options.Length; i += 2)
        {
            if (options[i] is "--threads")
            {
                threads = Number(options[i + 1]);
            }
            else if (options[i] is "--sets")
            {
                sets = Number(options[i + 1]);
            }
            else if (options[i] is "--isa")
            {
                isa = IsaDetection.Parse(options[i + 1]);
            }
        }

        using var device = new CpuDevice(threads, isa);
        Console.Error.WriteLine(device.Name);
        while (Console.ReadLine() is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var answer = words switch
            {
                ["peak", var type] => Peak.Measure(type is not "float32").ToString("F1", CultureInfo.InvariantCulture),
                [var m, var n, var k, var ta, var tb, var type, var count] => Time(
                    device,
                    new Case(Number(m), Number(n), Number(k), ta[0] == Yes, tb[0] == Yes, type),
                    Number(count),
                    sets
                ),
                _ => "?",
            };
            Console.WriteLine(answer);
        }

        return 0;
    }

    private static string Time(CpuDevice device, Case wanted, int count, int sets)
    {
        if (operands.Length == 0 || operands[0].Of != wanted)
        {
            foreach (var old in operands)
            {
                old.Dispose();
            }

            operands = new Operands[sets];
            for (var i = 0; i < sets; i++)
            {
                operands[i] = new Operands(wanted);
                operands[i].Multiply(device);
            }
        }

        var times = new string[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            operands[i % sets].Multiply(device);
            times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("G6", CultureInfo.InvariantCulture);
        }

        return string.Join(' ', times);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private sealed record Case(int M, int N, int K, bool TransposeA, bool TransposeB, string Type);

    private sealed unsafe class Operands : IDisposable
    {
        private readonly Tensor a;
        private readonly Tensor b;
        private readonly Tensor c;
        private readonly MatMulPrecision precision;
        private PackedMatrix? packed;

        public Operands(Case wanted)
        {
            Of = wanted;
            var type = wanted.Type is "bfloat16" ? DType.BFloat16 : DType.Float32;
            var (m, n, k, transposeA, transposeB, _) = wanted;
            a = Random(type, transposeA ? k : m, transposeA ? m : k);
            b = Random(type, transposeB ? n : k, transposeB ? k : n);
            c = Tensor.Create(DType.Float32, m, n);
            precision = wanted.Type.EndsWith("float32", StringComparison.Ordinal)
                ? MatMulPrecision.Float32
                : MatMulPrecision.BFloat16;
        }

        public Case Of { get; }

        public void Multiply(CpuDevice device)
        {
            if (!Of.Type.StartsWith("packed", StringComparison.Ordinal))
            {
                device.MatMul(a, Of.TransposeA, b, Of.TransposeB, c, precision: precision);
                return;
            }

            packed ??= device.Matrices.Pack(MatrixView.Of(b, Of.TransposeB), precision);
            device.Matrices.Multiply(MatrixView.Of(a, Of.TransposeA), packed, c.Float32, c.Columns);
        }

        public void Dispose() => packed?.Dispose();

        private static Tensor Random(DType dtype, int rows, int columns)
        {
            var random = new Random(rows);
            var values = Tensor.Create(DType.Float32, rows, columns);
            foreach (ref var value in values.AsFloats())
            {
                value = random.NextSingle() - 0.5f;
            }

            if (dtype == DType.Float32)
            {
                return values;
            }

            var converted = Tensor.Create(dtype, rows, columns);
            Conversion.Copy(values, converted);
            return converted;
        }
    }
}
