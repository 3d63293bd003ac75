using System.Buffers.Binary;
using Google.Protobuf;

namespace Luthier.Formats.TensorBoard;

/// <summary>One point of a curve.</summary>
/// <param name="Tag">The curve, such as <c>train/loss</c>.</param>
/// <param name="Step">Where on the curve.</param>
/// <param name="Value">As stored, in float32.</param>
/// <param name="Time">When it was written.</param>
public sealed record ScalarEvent(string Tag, long Step, float Value, DateTimeOffset Time);

/// <summary>Reads the scalars of a TensorBoard event file; other content is skipped.</summary>
public static class EventFileReader
{
    private const long MaxFileBytes = 1 << 30;
    private const int RecordOverhead = sizeof(ulong) + (2 * sizeof(uint));

    /// <summary>The scalars in the order of writing. A last record that is not complete yet is left out.</summary>
    /// <exception cref="InvalidFileException">A checksum or a message is wrong.</exception>
    public static IReadOnlyList<ScalarEvent> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length > MaxFileBytes)
        {
            throw new InvalidFileException(
                path,
                $"has {stream.Length} bytes, more than the {MaxFileBytes} expected of it"
            );
        }

        var bytes = new byte[stream.Length];
        var rest = bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        var events = new List<ScalarEvent>();
        var at = 0;
        while (rest.Length - at >= RecordOverhead)
        {
            var data = Record(path, rest[at..], at);
            if (data is null)
            {
                break;
            }

            ReadEvent(path, data, at, events);
            at += RecordOverhead + data.Length;
        }

        return events;
    }

    /// <summary>The data of the first record, or null if the file ends within it.</summary>
    private static byte[]? Record(string path, ReadOnlySpan<byte> bytes, int at)
    {
        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[sizeof(ulong)..]) != Crc32C.Masked(bytes[..sizeof(ulong)]))
        {
            throw new InvalidFileException(path, $"the record at byte {at} has a wrong checksum of its length");
        }

        if (length > (ulong)(bytes.Length - RecordOverhead))
        {
            return null;
        }

        var data = bytes.Slice(sizeof(ulong) + sizeof(uint), (int)length);
        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(RecordOverhead - sizeof(uint) + data.Length)..]);
        return checksum == Crc32C.Masked(data)
            ? data.ToArray()
            : throw new InvalidFileException(path, $"the record at byte {at} has a wrong checksum");
    }

    private static void ReadEvent(string path, byte[] data, int at, List<ScalarEvent> events)
    {
        var time = 0.0;
        var step = 0L;
        var scalars = new List<(string Tag, float Value)>();
        try
        {
            using var message = new CodedInputStream(data);
            while (message.ReadTag() is var tag and not 0)
            {
                switch (tag)
                {
                    case EventFields.WallTime:
                        time = message.ReadDouble();
                        break;
                    case EventFields.Step:
                        step = message.ReadInt64();
                        break;
                    case EventFields.Summary:
                        ReadSummary(message.ReadBytes(), scalars);
                        break;
                    default:
                        message.SkipLastField();
                        break;
                }
            }

            var when = DateTimeOffset.UnixEpoch.AddSeconds(time);
            events.AddRange(scalars.Select(item => new ScalarEvent(item.Tag, step, item.Value, when)));
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or ArgumentException)
        {
            throw new InvalidFileException(path, $"the record at byte {at} is no event", exception);
        }
    }

    private static void ReadSummary(ByteString bytes, List<(string Tag, float Value)> scalars)
    {
        using var summary = bytes.CreateCodedInput();
        while (summary.ReadTag() is var field and not 0)
        {
            if (field == EventFields.SummaryValue)
            {
                ReadValue(summary.ReadBytes(), scalars);
            }
            else
            {
                summary.SkipLastField();
            }
        }
    }

    private static void ReadValue(ByteString bytes, List<(string Tag, float Value)> scalars)
    {
        using var value = bytes.CreateCodedInput();
        var tag = "";
        while (value.ReadTag() is var field and not 0)
        {
            switch (field)
            {
                case EventFields.ValueTag:
                    tag = value.ReadString();
                    break;
                case EventFields.ValueScalar:
                    scalars.Add((tag, value.ReadFloat()));
                    break;
                default:
                    value.SkipLastField();
                    break;
            }
        }
    }
}
