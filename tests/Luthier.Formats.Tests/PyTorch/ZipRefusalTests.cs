using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Luthier.Formats.PyTorch;

namespace Luthier.Formats.Tests.PyTorch;

public class ZipRefusalTests
{
    private const int EndBytes = 22;
    private const int LocatorBytes = 20;
    private static readonly byte[] EmptyDictionary = Encoding.Latin1.GetBytes("\u0080\u0002}.");

    [Fact]
    public void Entries_written_by_others_are_found()
    {
        using var folder = TestData.TempFolder();
        using (var archive = ZipFile.Open(folder["a.pt"], ZipArchiveMode.Create))
        {
            using var stream = archive.CreateEntry("a/data.pkl", CompressionLevel.NoCompression).Open();
            stream.Write(EmptyDictionary);
        }

        using var file = TorchFile.Open(folder["a.pt"]);

        file.Tensors.ShouldBeEmpty();
    }

    [Fact]
    public void A_compressed_entry_is_refused()
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.pt"];
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using var stream = archive.CreateEntry("a/data.pkl", CompressionLevel.Optimal).Open();
            stream.Write(new byte[10000]);
        }

        BadFiles.ShouldBeRefused(path, () => TorchFile.Open(path), "zip entry 'a/data.pkl' is compressed (method 8)");
    }

    [Theory]
    [InlineData("a/../data.pkl")]
    [InlineData("../data.pkl")]
    [InlineData("/data.pkl")]
    [InlineData("a//./data.pkl")]
    [InlineData("a\\data.pkl")]
    [InlineData("C:/data.pkl")]
    [InlineData("a/\ndata.pkl")]
    [InlineData("")]
    public void A_name_that_leads_elsewhere_is_refused(string name) =>
        ShouldBeRefused("the name of entry 1 is not a plain relative path", (name, EmptyDictionary));

    [Fact]
    public void Two_entries_of_one_name_are_refused() =>
        ShouldBeRefused(
            "there are two entries 'a/data.pkl'",
            ("a/data.pkl", EmptyDictionary),
            ("a/data.pkl", EmptyDictionary)
        );

    [Fact]
    public void A_file_needs_one_pickle()
    {
        ShouldBeRefused("has 0 entries data.pkl", ("a/b/data.pkl", EmptyDictionary));
        ShouldBeRefused("has 2 entries data.pkl", ("a/data.pkl", EmptyDictionary), ("b/data.pkl", EmptyDictionary));
    }

    [Fact]
    public void Another_byte_order_is_refused() =>
        ShouldBeRefused("another byte order", ("a/data.pkl", EmptyDictionary), ("a/byteorder", "big"u8.ToArray()));

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("a text that is longer than any record of a zip archive")]
    public void A_file_of_another_kind_is_refused(string content)
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.bin"];
        File.WriteAllText(path, content);

        BadFiles.ShouldBeRefused(path, () => TorchFile.Open(path), "is not a file of torch.save");
    }

    // Offsets from the start of the record named; the archive has two entries.
    [Theory]
    [InlineData(Record.End, 0, 0x12345678u, "no end record")]
    [InlineData(Record.End, 18, 0x00050000u, "no end record")]
    [InlineData(Record.End, 4, 0x00010001u, "one part of a zip archive in several parts")]
    [InlineData(Record.Locator, 8, 0xffffffffu, "the ZIP64 record at 4294967295 is outside the file")]
    [InlineData(Record.Locator, 8, 3u, "there is no ZIP64 record at 3")]
    [InlineData(Record.Locator, 12, 0x80000000u, "is outside the file")]
    [InlineData(Record.Zip64, 32, 0xffffffffu, "4294967295 entries do not fit into a directory")]
    [InlineData(Record.Zip64, 36, 0xffffffffu, "entries do not fit into a directory")]
    [InlineData(Record.Zip64, 32, 1u, "bytes more than its 1 entries")]
    [InlineData(Record.Zip64, 40, 7u, "does not end at")]
    [InlineData(Record.Zip64, 44, 0x70000000u, "does not end at")]
    [InlineData(Record.Zip64, 48, 0u, "does not end at")]
    [InlineData(Record.Zip64, 52, 0xffffffffu, "does not end at")]
    [InlineData(Record.Entry, 0, 0u, "entry 1 of 2 is not there")]
    [InlineData(Record.Entry, 8, 0x00000001u, "is encrypted")]
    [InlineData(Record.Entry, 20, 5u, "bytes at 0 are not within the file")]
    [InlineData(Record.Entry, 24, 0xffffffffu, "are not within the file")]
    [InlineData(Record.Entry, 28, 0x0000ffffu, "longer than the directory")]
    [InlineData(Record.Entry, 42, 0x7fffffffu, "bytes at 2147483647 are not within the file")]
    [InlineData(Record.Entry, 42, 68u, "has another name where its data is")]
    [InlineData(Record.Entry, 42, 1u, "are not within the file")]
    [InlineData(Record.Entry, 46, 0xffffffffu, "the name of entry 1 is not UTF-8")]
    [InlineData(Record.Local, 0, 0u, "is not a file of torch.save")]
    [InlineData(Record.Local, 26, 0xffffffffu, "are not within the file")]
    [InlineData(Record.Local, 30, 0x62626262u, "has another name where its data is")]
    public void A_damaged_record_is_refused(Record record, int offset, uint value, string expected)
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.bin"];
        TorchArchive.Write(path, ("a/data.pkl", EmptyDictionary), ("a/data/0", new byte[16]));
        var bytes = File.ReadAllBytes(path);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Position(bytes, record) + offset), value);
        File.WriteAllBytes(path, bytes);

        BadFiles.ShouldBeRefused(path, () => TorchFile.Open(path), expected);
    }

    [Theory]
    [InlineData(32u, "zip entry 'a/data.pkl' overlaps the entry after it")]
    [InlineData(0x7fffffffu, "zip entry 'a/data.pkl': 2147483647 bytes at 0 are not within the file")]
    public void An_entry_longer_than_its_place_is_refused(uint length, string expected)
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.bin"];
        TorchArchive.Write(path, ("a/data.pkl", EmptyDictionary), ("a/data/0", new byte[16]));
        var bytes = File.ReadAllBytes(path);
        var entry = Position(bytes, Record.Entry);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(entry + 20), length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(entry + 24), length);
        File.WriteAllBytes(path, bytes);

        BadFiles.ShouldBeRefused(path, () => TorchFile.Open(path), expected);
    }

    [Fact]
    public void Survives_any_damage()
    {
        using var folder = TestData.TempFolder();
        TorchArchive.Write(
            folder["good.bin"],
            ("a/data.pkl", EmptyDictionary),
            ("a/data/0", new byte[16]),
            ("a/version", "3\n"u8.ToArray())
        );
        var good = File.ReadAllBytes(folder["good.bin"]);
        Array.Reverse(good); // The records are at the end.

        BadFiles.ShouldSurviveDamage(
            good,
            good.Length - 320,
            folder["bad.bin"],
            path =>
            {
                var bytes = File.ReadAllBytes(path);
                Array.Reverse(bytes);
                File.WriteAllBytes(path, bytes);
                TorchArchive.ReadAll(path);
            },
            tests: 1000
        );
    }

    private static int Position(byte[] archive, Record record)
    {
        var end = archive.Length - EndBytes;
        var zip64 = BinaryPrimitives.ReadInt32LittleEndian(archive.AsSpan(end - LocatorBytes + 8));
        return record switch
        {
            Record.End => end,
            Record.Locator => end - LocatorBytes,
            Record.Zip64 => zip64,
            Record.Entry => BinaryPrimitives.ReadInt32LittleEndian(archive.AsSpan(zip64 + 48)),
            _ => 0,
        };
    }

    private static void ShouldBeRefused(string expected, params (string Name, byte[] Content)[] entries)
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.bin"];
        TorchArchive.Write(path, entries);

        BadFiles.ShouldBeRefused(path, () => TorchFile.Open(path), expected);
    }

    /// <summary>A part of an archive.</summary>
    public enum Record
    {
        Local,
        Entry,
        Zip64,
        Locator,
        End,
    }
}
