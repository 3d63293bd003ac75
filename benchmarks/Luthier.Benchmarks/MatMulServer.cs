using System.Diagnostics;
using System.Globalization;
using Luthier.Tensors;
using Luthier.Tensors.Assembly;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;

namespace Luthier.Benchmarks;

/// <summary>
/// Times matrix products on command, so that a script can alternate them with a peer's in one run. A line
/// <c>m n k transposeA transposeB type repetitions</c> is answered with the seconds of each repetition;
/// type is float32, bfloat16 (operands of that type) or mixed (float32 operands, bfloat16 products).
/// <c>peak type</c> is answered with the GFLOP/s of one core's multiply-adds from registers.
/// </summary>
internal static class MatMulServer
{
    private const char Yes = 't';

    public static int Run(string[] options)
    {
        var threads = 0;
        Isa? isa = null;
        for (var i = 0; i + 1 < options.Length; i += 2)
        {
            if (options[i] is "--threads")
            {
                threads = int.Parse(options[i + 1], CultureInfo.InvariantCulture);
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
                    Number(m),
                    Number(n),
                    Number(k),
                    ta[0] == Yes,
                    tb[0] == Yes,
                    type,
                    Number(count)
                ),
                _ => "?",
            };
            Console.WriteLine(answer);
        }

        return 0;
    }

    private static string Time(
        CpuDevice device,
        int m,
        int n,
        int k,
        bool transposeA,
        bool transposeB,
        string type,
        int count
    )
    {
        var dtype = type is "bfloat16" ? DType.BFloat16 : DType.Float32;
        var precision = type is "float32" ? MatMulPrecision.Float32 : MatMulPrecision.BFloat16;
        var a = Random(dtype, transposeA ? k : m, transposeA ? m : k);
        var b = Random(dtype, transposeB ? n : k, transposeB ? k : n);
        var c = Tensor.Create(DType.Float32, m, n);
        device.MatMul(a, transposeA, b, transposeB, c, precision: precision);
        var times = new string[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            device.MatMul(a, transposeA, b, transposeB, c, precision: precision);
            times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("G6", CultureInfo.InvariantCulture);
        }

        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
        return string.Join(' ', times);
    }

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

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
