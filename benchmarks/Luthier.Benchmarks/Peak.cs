using System.Diagnostics;
using static Iced.Intel.AssemblerRegisters;
using static Luthier.Tensors.Assembly.AssembledCode;

namespace Luthier.Benchmarks;

/// <summary>What one core does with multiply-adds alone, all operands in registers: the ceiling of any kernel.</summary>
internal static unsafe class Peak
{
    private const int Sums = 24;
    private const int Lanes = 16;

    /// <returns>GFLOP/s of 512-bit float32 FMA or VDPBF16PS.</returns>
    public static double Measure(bool pairs)
    {
        const long rounds = 1_000_000;
        var loop = (delegate* unmanaged<long, void>)BuildLoop(pairs);
        var best = 0.0;
        for (var i = 0; i < 9; i++)
        {
            var start = Stopwatch.GetTimestamp();
            loop(rounds);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            best = Math.Max(best, rounds * Sums * Lanes * (pairs ? 4 : 2) / seconds / 1e9);
        }

        return best;
    }

    // Each round does one multiply-add on each of the sums, which do not wait for each other.
    private static void* BuildLoop(bool pairs) =>
        Build(c =>
        {
            for (var i = 0; i < 32; i++)
            {
                c.vpxord(Zmm(i), Zmm(i), Zmm(i));
            }

            var loop = c.CreateLabel();
            c.Label(ref loop);
            for (var i = 0; i < Sums; i++)
            {
                if (pairs)
                {
                    c.vdpbf16ps(Zmm(i), zmm30, zmm31);
                }
                else
                {
                    c.vfmadd231ps(Zmm(i), zmm30, zmm31);
                }
            }

            c.dec(rdi);
            c.jnz(loop);
        });
}
