using System.Buffers;
using System.Text;

namespace Luthier.Text.Decoding;

/// <summary>Turns bytes that arrive in pieces into text; a character that is not complete waits for its rest.</summary>
/// <param name="replaceEachByte">
/// Whether each byte that is no part of a character becomes U+FFFD of its own; otherwise each longest start of a character
/// does.
/// </param>
internal sealed class Utf8Assembler(bool replaceEachByte)
{
    private readonly List<byte> pending = [];
    private readonly StringBuilder text = new();

    public void Add(byte value) => pending.Add(value);

    public void Add(ReadOnlySpan<byte> bytes) => pending.AddRange(bytes);

    /// <summary>What is certain by now; with <paramref name="atEnd"/>, everything.</summary>
    public string Take(bool atEnd)
    {
        if (pending.Count == 0)
        {
            return "";
        }

        var bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending);
        var taken = 0;
        Span<char> units = stackalloc char[2];
        while (taken < bytes.Length)
        {
            var status = Rune.DecodeFromUtf8(bytes[taken..], out var rune, out var length);
            if (status == OperationStatus.NeedMoreData && !atEnd)
            {
                break;
            }

            text.Append(units[..rune.EncodeToUtf16(units)]);
            taken += status == OperationStatus.Done || !replaceEachByte ? length : 1;
        }

        pending.RemoveRange(0, taken);
        var result = text.ToString();
        text.Clear();
        return result;
    }
}
