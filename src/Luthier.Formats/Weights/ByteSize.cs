using System.Globalization;

namespace Luthier.Formats.Weights;

/// <summary>Sizes as users of Transformers write them: <c>400MB</c>, <c>5GB</c>, <c>10GiB</c>, or plain bytes.</summary>
public static class ByteSize
{
    private static readonly (string Suffix, long Factor)[] Units =
    [
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("TiB", 1L << 40),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("B", 1),
        ("", 1),
    ];

    /// <summary>Reads a size above zero; kB, MB, GB and TB are decimal. The unit's case does not matter.</summary>
    /// <exception cref="FormatException">It is none; the message says what was expected.</exception>
    public static long Parse(string text) =>
        TryParse(text, out var bytes)
            ? bytes
            : throw new FormatException($"'{text}' is not a size such as 400MB, 5GB, 10GiB or 500000000");

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var trimmed = text.AsSpan().Trim();
        foreach (var (suffix, factor) in Units)
        {
            if (!trimmed.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            const NumberStyles style = NumberStyles.AllowDecimalPoint;
            var number = trimmed[..^suffix.Length].TrimEnd();
            if (!decimal.TryParse(number, style, CultureInfo.InvariantCulture, out var value))
            {
                return false;
            }

            // Beyond this no file system goes, and the product stays within its type.
            if (value > long.MaxValue / factor || value * factor < 1)
            {
                return false;
            }

            bytes = (long)(value * factor);
            return true;
        }

        return false;
    }
}
