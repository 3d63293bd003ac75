using System.Globalization;
using System.Text;

namespace Luthier.Text;

/// <summary>Tokens such as &lt;0x0A&gt; that spell text outside the vocabulary byte by byte.</summary>
internal static class ByteTokens
{
    /// <summary>The token of a byte.</summary>
    public static string NameOf(byte value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    /// <summary>The byte that a token spells, or -1.</summary>
    public static int ByteOf(ReadOnlySpan<char> token) =>
        token is ['<', '0', 'x', _, _, '>']
        && byte.TryParse(token[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : -1;

    /// <summary>The ids of the byte tokens in a vocabulary, -1 where one is missing.</summary>
    public static int[] Find(Vocabulary vocabulary)
    {
        var ids = new int[256];
        for (var value = 0; value < ids.Length; value++)
        {
            ids[value] = vocabulary.IdOf(NameOf((byte)value)) ?? -1;
        }

        return ids;
    }

    /// <summary>The ids that spell a character, or null where one of its bytes has none.</summary>
    /// <param name="character">A code point as UTF-16.</param>
    /// <param name="byteIds">As <see cref="Find"/> gives them; null where bytes are not to be used.</param>
    public static int[]? Spell(ReadOnlySpan<char> character, int[]? byteIds)
    {
        if (byteIds is null)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[4];
        var ids = new int[Encoding.UTF8.GetBytes(character, bytes)];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = byteIds[bytes[i]];
        }

        return Array.IndexOf(ids, -1) < 0 ? ids : null;
    }
}
