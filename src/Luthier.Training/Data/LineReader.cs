using Luthier.Formats;

namespace Luthier.Training.Data;

/// <summary>The lines of a file as bytes, without holding the file in memory.</summary>
internal sealed class LineReader(string path)
{
    private const int FirstBuffer = 1 << 16;

    /// <summary>Each line with its number from 1, without its line feed; valid until the next is asked for.</summary>
    public IEnumerable<(int Line, ReadOnlyMemory<byte> Utf8)> Read()
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var buffer = new byte[FirstBuffer];
        var start = SkipMark(stream, buffer, out var filled);
        var line = 1;
        while (true)
        {
            var length = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                yield return (line++, buffer.AsMemory(start, length));
                start += length + 1;
                continue;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            start = 0;
            if (filled == buffer.Length)
            {
                Grow(ref buffer);
            }

            var count = stream.Read(buffer.AsSpan(filled));
            if (count == 0)
            {
                break;
            }

            filled += count;
        }

        if (filled > 0)
        {
            yield return (line, buffer.AsMemory(0, filled));
        }
    }

    private static int SkipMark(FileStream stream, byte[] buffer, out int filled)
    {
        var mark = "\uFEFF"u8;
        filled = stream.ReadAtLeast(buffer, mark.Length, throwOnEndOfStream: false);
        return buffer.AsSpan(0, filled).StartsWith(mark) ? mark.Length : 0;
    }

    private void Grow(ref byte[] buffer)
    {
        if (buffer.Length >= Array.MaxLength / 2)
        {
            throw new InvalidFileException(path, "has a line of more than 1 GB");
        }

        Array.Resize(ref buffer, buffer.Length * 2);
    }
}
