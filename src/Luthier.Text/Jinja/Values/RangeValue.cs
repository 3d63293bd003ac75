namespace Luthier.Text.Jinja.Values;

/// <summary>Integers from a start, in steps, up to before a stop.</summary>
internal sealed record RangeValue(long Start, long Stop, long Step)
{
    /// <summary>How many there are; a step of 0 is not allowed.</summary>
    public long Count =>
        Step > 0
            ? (Start >= Stop ? 0 : (long)(((Int128)Stop - Start - 1) / Step) + 1)
            : (Start <= Stop ? 0 : (long)(((Int128)Start - Stop - 1) / -(Int128)Step) + 1);

    public long At(long index) => Start + (index * Step);
}
