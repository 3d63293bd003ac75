using Luthier.Formats.Gguf;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.Gguf;

public sealed class GgufRefusalTests
{
    private const ulong Huge = ulong.MaxValue;

    public static TheoryData<string, byte[]> BadFilesWithComplaints =>
        new()
        {
            { "does not start with 'GGUF'", [] },
            { "does not start with 'GGUF'", new GgufBytes(0, 0, magic: "GGML").ToArray() },
            { "the file ends within 'version'", "GGUF\0\0"u8.ToArray() },
            { "has version 1; expected 2 or 3", new GgufBytes(0, 0, version: 1).ToArray() },
            { "is big-endian", new GgufBytes(0, 0, version: 0x0300_0000).ToArray() },
            { "announces 18446744073709551615 tensors", new GgufBytes(Huge, 0).ToArray() },
            { "announces 18446744073709551615 metadata values", new GgufBytes(0, Huge).ToArray() },
            { "a metadata key has 18446744073709551615 bytes", new GgufBytes(0, 1).U64(Huge).U64(0).ToArray() },
            { "the file ends within 'metadata key'", new GgufBytes(0, 1).U64(900).U64(0).ToArray() },
            { "not valid UTF-8", new GgufBytes(0, 1).Text([0xFF]).U32(0).U8(0).ToArray() },
            { "metadata a: has type 13; expected 0 to 12", new GgufBytes(0, 1).Text("a").U32(13).U64(0).ToArray() },
            { "the file ends within 'a'", new GgufBytes(0, 1).Text("a").U32(8).U64(Huge).ToArray() },
            {
                "metadata a: 18446744073709551615 items do not fit",
                new GgufBytes(0, 1).Text("a").U32(9).U32(0).U64(Huge).ToArray()
            },
            { "metadata a: 3 items do not fit", new GgufBytes(0, 1).Text("a").U32(9).U32(8).U64(3).U64(0).ToArray() },
            { "metadata a: lists are nested deeper than 8", Nested(10) },
            {
                "has metadata a twice",
                new GgufBytes(0, 2).Text("a").U32(0).U8(0).Text("a").U32(0).U8(0).U64(0).ToArray()
            },
            { "tensor 'w': has 5 dimensions", new GgufBytes(1, 0).Tensor("w", [1, 1, 1, 1, 1], 0, 0).WithData(32) },
            { "a dimension is 4294967296", new GgufBytes(1, 0).Tensor("w", [1UL << 32], 0, 0).WithData(32) },
            { "is too large", new GgufBytes(1, 0).Tensor("w", [0, int.MaxValue, int.MaxValue], 0, 0).WithData(32) },
            { "is too large", new GgufBytes(1, 0).Tensor("w", [int.MaxValue, int.MaxValue, 4], 0, 0).WithData(32) },
            {
                "tensor 'w': has type Q3_K; expected one of F32",
                new GgufBytes(1, 0).Tensor("w", [256], 11, 0).WithData(512)
            },
            { "tensor 'w': has type 4711", new GgufBytes(1, 0).Tensor("w", [1], 4711, 0).WithData(32) },
            {
                "rows of 40 elements are not whole blocks of 32",
                new GgufBytes(1, 0).Tensor("w", [40], 2, 0).WithData(64)
            },
            { "its offset 8 is no multiple", new GgufBytes(1, 0).Tensor("w", [1], 0, 8).WithData(64) },
            {
                "its offset 18446744073709551584 is outside",
                new GgufBytes(1, 0).Tensor("w", [1], 0, Huge - 31).WithData(64)
            },
            { "its 4 bytes at 64 go beyond the end", new GgufBytes(1, 0).Tensor("w", [1], 0, 0).WithData(3) },
            {
                "tensor 'v': its data overlaps",
                new GgufBytes(2, 0).Tensor("w", [16], 0, 0).Tensor("v", [1], 0, 32).WithData(128)
            },
            {
                "names tensor 'w' twice",
                new GgufBytes(2, 0).Tensor("w", [1], 0, 0).Tensor("w", [1], 0, 32).WithData(128)
            },
            {
                "metadata general.alignment: expected a power of two, found 48",
                new GgufBytes(0, 1).Text("general.alignment").U32(4).U32(48).ToArray()
            },
            {
                "metadata general.alignment: expected an integer from 1 to 1048576, found \"x\"",
                new GgufBytes(0, 1).Text("general.alignment").U32(8).Text("x").ToArray()
            },
        };

    [Theory]
    [MemberData(nameof(BadFilesWithComplaints))]
    public void Says_what_is_wrong(string complaint, byte[] bytes)
    {
        using var folder = TestData.TempFolder();
        var path = folder["bad.gguf"];
        File.WriteAllBytes(path, bytes);
        BadFiles.ShouldBeRefused(path, () => GgufFile.Open(path).Dispose(), complaint);
    }

    [Fact]
    public void A_value_of_another_type_is_refused_by_its_key()
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.gguf"];
        GgufWriter.Write(
            path,
            [
                GgufValue.Of("text", "long"),
                GgufValue.Of("count", 7),
                GgufValue.Of("texts", ["a"]),
                GgufValue.Of("share", 0.5f),
            ],
            []
        );
        using var file = GgufFile.Open(path);
        Refused(() => file["none"], "metadata none is missing");
        Refused(() => file["text"].AsInt32(), "metadata text: expected an integer of 32 bits, found \"long\"");
        Refused(() => file["count"].AsInt32(0, 5), "metadata count: expected an integer from 0 to 5, found 7");
        Refused(() => file["count"].AsString(), "metadata count: expected a string, found 7");
        Refused(() => file["count"].AsInt32s(), "expected a list of integers of 32 bits, found 7");
        Refused(() => file["texts"].AsSingles(), "expected a list of numbers, found a list of 1 Text");
        Refused(() => file["texts"].AsBoolean(), "expected true or false, found a list of 1 Text");
        Refused(() => file["share"].AsInt32(), "expected an integer of 32 bits, found 0.5");
        Refused(() => file["share"].AsStrings(), "expected a list of strings, found 0.5");
        Refused(() => file.Get("w"), "has no tensor 'w'");

        void Refused(Func<object> read, string expected) => BadFiles.ShouldBeRefused(path, () => read(), expected);
    }

    [Fact]
    public void Survives_damage()
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.gguf"];
        GgufWriter.Write(
            path,
            [
                GgufValue.Of("general.architecture", "llama"),
                GgufValue.Of("tokenizer.ggml.tokens", ["a", "b", "▁c"]),
                GgufValue.Of("tokenizer.ggml.scores", (ReadOnlySpan<float>)[1, 2, 3]),
                GgufValue.Of("llama.block_count", 2),
                GgufValue.Of("general.alignment", 32),
            ],
            [
                TensorSource.From("w", Tensor.Create(DType.Q4_K, 3, 256)),
                TensorSource.From("norm", Tensor.FromValues([1, 2, 3], 3)),
            ]
        );
        var good = File.ReadAllBytes(path);
        BadFiles.ShouldSurviveDamage(
            good,
            headBytes: 400,
            path,
            damaged =>
            {
                using var file = GgufFile.Open(damaged);
                foreach (var value in file.Metadata.Values)
                {
                    value.Describe();
                    TryRead(value);
                }

                foreach (var name in file.Tensors.Keys)
                {
                    file.Get(name).AsBytes().IndexOf((byte)1);
                }
            }
        );
    }

    private static void TryRead(GgufValue value)
    {
        foreach (
            var read in (Action[])
                [() => value.AsStrings(), () => value.AsInt32s(), () => value.AsSingles(), () => value.AsBooleans()]
        )
        {
            try
            {
                read();
            }
            catch (InvalidFileException)
            {
                // As it should be.
            }
        }
    }

    private static byte[] Nested(int depth)
    {
        var bytes = new GgufBytes(0, 1).Text("a").U32(9);
        for (var i = 0; i < depth; i++)
        {
            bytes.U32(9).U64(1);
        }

        return bytes.U32(0).U64(1).U8(0).ToArray();
    }
}
