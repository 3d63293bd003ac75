using System.Numerics;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Which of so many items a slice takes.</summary>
/// <param name="Start">The first.</param>
/// <param name="Stop">Before this one it ends; −1 is before the first.</param>
/// <param name="Step">From one to the next.</param>
internal readonly record struct SliceBounds(int Start, int Stop, int Step)
{
    public int Count =>
        Step > 0
            ? (int)Math.Max(0, ((long)Stop - Start + Step - 1) / Step)
            : (int)Math.Max(0, ((long)Start - Stop - Step - 1) / -(long)Step);

    /// <exception cref="JinjaException">A part is no integer, or the step is 0.</exception>
    public static SliceBounds Of(object? start, object? stop, object? step, int length)
    {
        var by = Part(step) ?? 1;
        if (by == 0)
        {
            throw Errors.Value("slice step cannot be zero");
        }

        var (least, most) = by > 0 ? (0, length) : (-1, length - 1);
        return new SliceBounds(
            Part(start) is { } first ? Clamp(first, least, most, length)
                : by > 0 ? least
                : most,
            Part(stop) is { } last ? Clamp(last, least, most, length)
                : by > 0 ? most
                : least,
            (int)Math.Clamp(by, -int.MaxValue, int.MaxValue)
        );
    }

    public IEnumerable<int> Indices()
    {
        var count = Count;
        for (long i = 0, index = Start; i < count; i++, index += Step)
        {
            yield return (int)index;
        }
    }

    private static int Clamp(long value, int least, int most, int length) =>
        (int)Math.Clamp(value < 0 ? value + length : value, least, most);

    private static long? Part(object? value) =>
        value is null or Missing ? null
        : Integers.TryGetBig(value, out var integer) ? (long)BigInteger.Clamp(integer, -int.MaxValue, int.MaxValue)
        : throw Errors.Type("slice indices must be integers or None or have an __index__ method");
}
