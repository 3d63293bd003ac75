using System.Buffers.Binary;
using System.Text;

namespace Luthier.Text.SentencePiece;

/// <summary>
/// SentencePiece's precompiled character map: a double-array trie from UTF-8 sequences to places in a pool of
/// replacements that end with a zero byte. Laid out as the trie's size in bytes, the trie, the pool.
/// </summary>
internal sealed class Charsmap
{
    private readonly uint[] units;
    private readonly byte[] pool;

    private Charsmap(uint[] units, byte[] pool)
    {
        this.units = units;
        this.pool = pool;
    }

    /// <exception cref="FormatException">The blob is not a character map.</exception>
    public static Charsmap Parse(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < sizeof(uint))
        {
            throw new FormatException($"expected a size in 4 bytes, found {blob.Length} bytes");
        }

        var size = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        var rest = blob[sizeof(uint)..];
        if (size > rest.Length || size == 0 || size % sizeof(uint) != 0)
        {
            throw new FormatException($"its trie takes {size} bytes, expected a multiple of 4 up to {rest.Length}");
        }

        if (rest[(int)size..] is [.., not 0])
        {
            throw new FormatException("its last replacement has no end");
        }

        var trie = new uint[size / sizeof(uint)];
        for (var i = 0; i < trie.Length; i++)
        {
            trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(rest[(i * sizeof(uint))..]);
        }

        return new Charsmap(trie, rest[(int)size..].ToArray());
    }

    /// <summary>The longest mapped sequence at an index, and what replaces it; false where none is mapped.</summary>
    public bool TryMap(ReadOnlySpan<char> text, int index, out int length, out string replacement)
    {
        (length, replacement) = (0, "");
        var place = -1;
        var position = OffsetOf(units[0]);
        Span<byte> bytes = stackalloc byte[4];
        for (var end = index; end < text.Length; )
        {
            Rune.DecodeFromUtf16(text[end..], out var rune, out var consumed);
            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                position ^= value;
                if (position >= units.Length || (units[position] & 0x800000FF) != value)
                {
                    return Found(place, out replacement);
                }

                var unit = units[position];
                position ^= OffsetOf(unit);
                if ((unit & 0x100) != 0 && position < units.Length)
                {
                    place = (int)(units[position] & 0x7FFFFFFF);
                    length = end + consumed - index;
                }
            }

            end += consumed;
        }

        return Found(place, out replacement);
    }

    private bool Found(int place, out string replacement)
    {
        replacement = "";
        if (place < 0 || place >= pool.Length)
        {
            return false;
        }

        var bytes = pool.AsSpan(place);
        replacement = Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
        return true;
    }

    private static uint OffsetOf(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
