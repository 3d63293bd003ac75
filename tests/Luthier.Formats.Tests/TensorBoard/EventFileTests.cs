using Luthier.Formats.TensorBoard;

namespace Luthier.Formats.Tests.TensorBoard;

public class EventFileTests
{
    private static readonly DateTimeOffset Start = new(2024, 5, 17, 8, 30, 15, 250, TimeSpan.Zero);

    [Fact]
    public void The_checksum_is_crc32c()
    {
        Crc32C.Compute("123456789"u8).ShouldBe(0xE3069283);
        Crc32C.Compute(new byte[32]).ShouldBe(0x8A9136AA);
        Crc32C.Compute([]).ShouldBe(0u);
    }

    [Fact]
    public void A_file_starts_as_those_of_tensorflow_do()
    {
        using var folder = TestData.TempFolder();
        using var writer = new EventFileWriter(folder["run"], new FixedTime(Start));

        var bytes = ReadShared(writer.Path);

        // Length 24 and its checksum, as at the start of every event file; then wall_time and file_version.
        bytes[..12].ShouldBe([0x18, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22]);
        bytes[12].ShouldBe((byte)0x09);
        BitConverter.ToDouble(bytes, 13).ShouldBe(1715934615.25);
        bytes[21..36].ShouldBe([0x1a, 0x0d, .. "brain.Event:2"u8]);
        bytes.Length.ShouldBe(40);
        Path.GetFileName(writer.Path).ShouldStartWith("events.out.tfevents.1715934615.");
        Path.GetFileName(writer.Path).ShouldContain($".{Environment.ProcessId}.");
    }

    [Fact]
    public void Every_scalar_can_be_read_at_once()
    {
        using var folder = TestData.TempFolder();
        using var writer = new EventFileWriter(folder, new FixedTime(Start));
        var expected = new List<ScalarEvent>();
        foreach (
            var (tag, value, step) in new[]
            {
                ("train/loss", 1.5, 0L),
                ("é", double.NaN, 1L),
                ("x", -1e30, 300L),
                ("x", 0, long.MaxValue),
            }
        )
        {
            writer.Scalar(tag, value, step);
            expected.Add(new(tag, step, (float)value, Start));

            EventFileReader.Read(writer.Path).ShouldBe(expected);
        }
    }

    [Fact]
    public void The_layout_of_a_scalar_is_that_of_the_protobuf_messages()
    {
        using var folder = TestData.TempFolder();
        using var writer = new EventFileWriter(folder, new FixedTime(DateTimeOffset.UnixEpoch));

        writer.Scalar("a", 1, 300);

        byte[] expected =
        [
            0x09,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0x10,
            0xac,
            0x02,
            0x2a,
            0x0a,
            0x0a,
            0x08,
            0x0a,
            0x01,
            (byte)'a',
            0x15,
            0,
            0,
            0x80,
            0x3f,
        ];
        ReadShared(writer.Path)[52..^4].ShouldBe(expected);
    }

    [Fact]
    public void Two_writers_never_share_a_file()
    {
        using var folder = TestData.TempFolder();
        using var first = new EventFileWriter(folder, new FixedTime(Start));
        using var second = new EventFileWriter(folder, new FixedTime(Start));

        second.Path.ShouldNotBe(first.Path, StringComparer.Ordinal);
    }

    [Fact]
    public void A_last_record_cut_short_is_left_out()
    {
        using var folder = TestData.TempFolder();
        var path = Write(folder);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(folder["cut"], bytes[..^3]);

        EventFileReader.Read(path).Count.ShouldBe(2);
        EventFileReader.Read(folder["cut"]).Count.ShouldBe(1);
    }

    [Fact]
    public void A_changed_byte_is_noticed()
    {
        using var folder = TestData.TempFolder();
        var bytes = File.ReadAllBytes(Write(folder));
        bytes[15] ^= 1;
        File.WriteAllBytes(folder["changed"], bytes);

        BadFiles.ShouldBeRefused(
            folder["changed"],
            () => EventFileReader.Read(folder["changed"]),
            "the record at byte 0 has a wrong checksum"
        );
    }

    [Fact]
    public void Survives_any_damage()
    {
        using var folder = TestData.TempFolder();
        var good = File.ReadAllBytes(Write(folder));

        BadFiles.ShouldSurviveDamage(good, good.Length, folder["bad"], path => EventFileReader.Read(path));
    }

    private static string Write(string folder)
    {
        using var writer = new EventFileWriter(folder, new FixedTime(Start));
        writer.Scalar("a", 1, 1);
        writer.Scalar("a", 2, 2);
        return writer.Path;
    }

    private static byte[] ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
