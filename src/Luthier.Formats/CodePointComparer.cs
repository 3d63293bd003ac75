namespace Luthier.Formats;

/// <summary>
/// Orders strings by Unicode code points, as Python and byte-wise UTF-8 do; ordinal comparison puts U+E000–U+FFFF
/// after the surrogates of higher characters.
/// </summary>
public sealed class CodePointComparer : IComparer<string>
{
    public static readonly CodePointComparer Instance = new();

    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
        {
            return string.CompareOrdinal(x, y);
        }

        var length = x.AsSpan().CommonPrefixLength(y);
        return length == x.Length || length == y.Length
            ? x.Length.CompareTo(y.Length)
            : Rank(x[length]).CompareTo(Rank(y[length]));
    }

    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
