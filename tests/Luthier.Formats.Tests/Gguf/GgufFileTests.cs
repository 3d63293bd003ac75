using Luthier.Formats.Gguf;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.Gguf;

public sealed class GgufFileTests
{
    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Reads_values_and_tensors_as_the_format_has_them(uint version)
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.gguf"];
        var bytes = new GgufBytes(tensors: 1, values: 5, version)
            .Text("general.alignment")
            .U32(4)
            .U32(64)
            .Text("a.text")
            .U32(8)
            .Text("héllo")
            .Text("a.scores")
            .U32(9)
            .U32(6)
            .U64(2)
            .F32(-1.5f)
            .F32(0.25f)
            .Text("a.flag")
            .U32(7)
            .U8(1)
            .Text("a.nested")
            .U32(9)
            .U32(9)
            .U64(2)
            .U32(8)
            .U64(2)
            .Text("x")
            .Text("yz")
            .U32(0)
            .U64(3)
            .U8(1)
            .U8(2)
            .U8(3)
            .Tensor("w", [32, 3], type: 8, offset: 64)
            .WithData(64 + (3 * 34), alignment: 64);
        bytes[^((3 * 34) - 35)] = 77;
        File.WriteAllBytes(path, bytes);

        using var file = GgufFile.Open(path);
        file.Metadata.Keys.ShouldBe(["general.alignment", "a.text", "a.scores", "a.flag", "a.nested"]);
        file["a.text"].AsString().ShouldBe("héllo");
        file["a.scores"].AsSingles().ShouldBe([-1.5f, 0.25f]);
        file["a.flag"].AsBoolean().ShouldBeTrue();
        file["a.nested"].Count.ShouldBe(2);
        file.Find("none").ShouldBeNull();
        file.Tensors["w"].Shape.ShouldBe([3, 32]);
        var tensor = file.Get("w");
        tensor.DType.ShouldBe(DType.Q8_0);
        tensor.Bytes.ShouldBe(3 * 34);
        tensor.AsBytes()[35].ShouldBe((byte)77);
    }

    [Fact]
    public void A_vocabulary_of_another_program_is_read()
    {
        using var file = GgufFile.Open(TestData.Shared("data/tokenizers/llama-spm.gguf"));
        file["general.architecture"].AsString().ShouldBe("llama");
        file["tokenizer.ggml.model"].AsString().ShouldBe("llama");
        file["tokenizer.ggml.tokens"].AsStrings().Length.ShouldBe(32000);
        file["tokenizer.ggml.token_type"].AsInt32s()[0].ShouldBe(2);
        file.Tensors.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.gguf"];
        var plain = Tensor.FromValues([1, 2, 3], 3);
        var blocks = Tensor.Create(DType.Q6_K, 2, 256);
        blocks.AsBytes()[5] = 9;
        GgufWriter.Write(
            path,
            [
                GgufValue.Of("general.architecture", "llama"),
                GgufValue.Of("a.count", 7),
                GgufValue.Of("a.epsilon", 1e-5f),
                GgufValue.Of("a.flag", value: false),
                GgufValue.Of("a.texts", ["", "ü", "▁the"]),
                GgufValue.Of("a.ints", (ReadOnlySpan<int>)[1, -2]),
                GgufValue.Of("a.floats", (ReadOnlySpan<float>)[0.5f]),
            ],
            [TensorSource.From("plain", plain), TensorSource.From("blocks", blocks)]
        );

        using var file = GgufFile.Open(path);
        file["a.count"].AsInt32().ShouldBe(7);
        file["a.count"].AsDouble().ShouldBe(7);
        file["a.epsilon"].AsDouble().ShouldBe(1e-5f);
        file["a.flag"].AsBoolean().ShouldBeFalse();
        file["a.texts"].AsStrings().ShouldBe(["", "ü", "▁the"]);
        file["a.ints"].AsInt32s().ShouldBe([1, -2]);
        file["a.floats"].AsSingles().ShouldBe([0.5f]);
        file.Get("plain").AsFloats().ToArray().ShouldBe([1, 2, 3]);
        file.Get("blocks").Shape.ToArray().ShouldBe([2, 256]);
        file.Get("blocks").AsBytes()[5].ShouldBe((byte)9);

        // Values pass from file to file as they are.
        GgufWriter.Write(folder["b.gguf"], [.. file.Metadata.Values], [TensorSource.From("plain", plain)]);
        using var copy = GgufFile.Open(folder["b.gguf"]);
        copy["a.texts"].AsStrings().ShouldBe(["", "ü", "▁the"]);
    }

    [Fact]
    public void Values_outlive_no_file()
    {
        using var folder = TestData.TempFolder();
        GgufWriter.Write(folder["a.gguf"], [GgufValue.Of("a", "text")], []);
        var file = GgufFile.Open(folder["a.gguf"]);
        var value = file["a"];
        file.Dispose();
        Should.Throw<ObjectDisposedException>(value.AsString);
    }

    [Fact]
    public void A_writer_refuses_names_given_twice()
    {
        var tensor = Tensor.FromValues([1], 1);
        Should
            .Throw<ArgumentException>(() =>
                GgufWriter.Write(Stream.Null, [], [TensorSource.From("w", tensor), TensorSource.From("w", tensor)])
            )
            .Message.ShouldContain("'w'");
        Should.Throw<ArgumentException>(() =>
            GgufWriter.Write(Stream.Null, [GgufValue.Of("a", 1), GgufValue.Of("a", 2)], [])
        );
    }

    [Fact]
    public void Files_are_known_by_extension_or_start()
    {
        using var folder = TestData.TempFolder();
        GgufWriter.Write(folder["a.bin"], [], []);
        File.WriteAllText(folder["b.GGUF"], "no");
        File.WriteAllText(folder["c.bin"], "GG");
        GgufFile.Is(folder["a.bin"]).ShouldBeTrue();
        GgufFile.Is(folder["b.GGUF"]).ShouldBeTrue();
        GgufFile.Is(folder["c.bin"]).ShouldBeFalse();
        GgufFile.Is(folder).ShouldBeFalse();
        GgufFile.Is(folder["none.gguf"]).ShouldBeFalse();
    }
}
