using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;

namespace Luthier.Formats.TensorBoard;

/// <summary>
/// Writes scalars for TensorBoard: a file of records, each an Event message with its checksums. Every event reaches the
/// file at once, so that a run can be watched, and what was written survives a crash.
/// </summary>
public sealed class EventFileWriter : IDisposable
{
    private static int created;

    private readonly TimeProvider time;
    private readonly FileStream stream;

    /// <summary>Makes a new file in <paramref name="folder"/>, which is made if it is not there.</summary>
    /// <param name="folder">A run: TensorBoard shows one curve per folder and tag.</param>
    /// <param name="time">The clock of the events.</param>
    public EventFileWriter(string folder, TimeProvider time)
    {
        this.time = time;
        Directory.CreateDirectory(folder);
        Path = System.IO.Path.Combine(folder, NewName(time));
        stream = new FileStream(Path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        Write(step: 0, EventFields.FileVersion, ByteString.CopyFromUtf8("brain.Event:2"));
    }

    /// <summary>The file: <c>events.out.tfevents.(seconds).(host).(process).(number)</c>.</summary>
    public string Path { get; }

    /// <summary>Appends one point of a curve.</summary>
    /// <param name="tag">The curve, such as <c>train/loss</c>.</param>
    /// <param name="value">May be NaN or infinite.</param>
    /// <param name="step">Zero or more.</param>
    public void Scalar(string tag, double value, long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var item = Message(output =>
        {
            output.WriteRawTag((byte)EventFields.ValueTag);
            output.WriteString(tag);
            output.WriteRawTag((byte)EventFields.ValueScalar);
            output.WriteFloat((float)value);
        });
        var summary = Message(output =>
        {
            output.WriteRawTag((byte)EventFields.SummaryValue);
            output.WriteBytes(item);
        });
        Write(step, EventFields.Summary, summary);
    }

    public void Dispose() => stream.Dispose();

    /// <summary>Writes an event with one field of content.</summary>
    private void Write(long step, uint field, ByteString content)
    {
        var message = Message(output =>
        {
            output.WriteRawTag((byte)EventFields.WallTime);
            output.WriteDouble((time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
            if (step != 0)
            {
                output.WriteRawTag((byte)EventFields.Step);
                output.WriteInt64(step);
            }

            output.WriteRawTag((byte)field);
            output.WriteBytes(content);
        });
        WriteRecord(message.Span);
    }

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
        {
            write(output);
        }

        return ByteString.CopyFrom(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>Length, checksum of the length, data, checksum of the data; in one write, so that a reader sees it whole.</summary>
    private void WriteRecord(ReadOnlySpan<byte> data)
    {
        var record = new byte[sizeof(ulong) + sizeof(uint) + data.Length + sizeof(uint)];
        var length = record.AsSpan(0, sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(ulong)), Crc32C.Masked(length));
        data.CopyTo(record.AsSpan(sizeof(ulong) + sizeof(uint)));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(record.Length - sizeof(uint)), Crc32C.Masked(data));
        stream.Write(record);
        stream.Flush();
    }

    private static string NewName(TimeProvider time)
    {
        var seconds = time.GetUtcNow().ToUnixTimeSeconds();
        var number = Interlocked.Increment(ref created) - 1;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"events.out.tfevents.{seconds}.{Environment.MachineName}.{Environment.ProcessId}.{number}"
        );
    }
}
