using Luthier.Formats.Safetensors;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.Safetensors;

public class SafetensorsFileTests
{
    [Fact]
    public void Reads_what_the_official_library_wrote()
    {
        using var file = SafetensorsFile.Open(TestData.Shared("fixtures/llama-tiny/model.safetensors"));

        file.Metadata.ShouldBe([KeyValuePair.Create("format", "pt")]);
        file.Tensors.Count.ShouldBe(21);
        var weight = file.Get("model.layers.0.mlp.down_proj.weight");
        weight.DType.ShouldBe(DType.Float32);
        weight.Shape.ToArray().ShouldBe([64, 176]);
        weight.Name.ShouldBe("model.layers.0.mlp.down_proj.weight");
        weight.AsFloats().ToArray().ShouldAllBe(value => Math.Abs(value) < 10);
    }

    [Fact]
    public void Views_the_data_where_it_lies()
    {
        using var folder = TestData.TempFolder();
        // An odd header length puts the data at an odd address.
        File.WriteAllBytes(
            folder["a.safetensors"],
            Safetensor.File("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]} }""", [0, 0, 128, 63, 0, 0, 0, 64])
        );

        using var file = SafetensorsFile.Open(folder["a.safetensors"]);

        file.Get("x").AsFloats().ToArray().ShouldBe([1f, 2f]);
        file.Tensors["x"].Bytes.ShouldBe(8);
    }

    [Theory]
    [InlineData("F64", DType.Float64, 8)]
    [InlineData("F32", DType.Float32, 4)]
    [InlineData("F16", DType.Float16, 2)]
    [InlineData("BF16", DType.BFloat16, 2)]
    [InlineData("I64", DType.Int64, 8)]
    [InlineData("I32", DType.Int32, 4)]
    [InlineData("I16", DType.Int16, 2)]
    [InlineData("I8", DType.Int8, 1)]
    [InlineData("U8", DType.UInt8, 1)]
    [InlineData("BOOL", DType.Bool, 1)]
    public void Knows_the_element_types(string name, DType expected, int size)
    {
        using var folder = TestData.TempFolder();
        var json = $$$"""{"x":{"dtype":"{{{name}}}","shape":[3],"data_offsets":[0,{{{3 * size}}}]}}""";
        File.WriteAllBytes(folder["a.safetensors"], Safetensor.File(json, new byte[3 * size]));

        using var file = SafetensorsFile.Open(folder["a.safetensors"]);

        file.Get("x").DType.ShouldBe(expected);
    }

    [Fact]
    public void Accepts_scalars_empty_tensors_and_files_without_tensors()
    {
        using var folder = TestData.TempFolder();
        var json =
            """{"s":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"e":{"dtype":"F32","shape":[0,7],"data_offsets":[1,1]}}""";
        File.WriteAllBytes(folder["a.safetensors"], Safetensor.File(json, [9]));
        File.WriteAllBytes(folder["b.safetensors"], Safetensor.File("{}", []));

        using var some = SafetensorsFile.Open(folder["a.safetensors"]);
        using var none = SafetensorsFile.Open(folder["b.safetensors"]);

        some.Get("s").AsBytes().ToArray().ShouldBe([9]);
        some.Get("e").Count.ShouldBe(0);
        none.Tensors.ShouldBeEmpty();
        none.Metadata.ShouldBeEmpty();
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllBytes(folder["a.safetensors"], Safetensor.File("{}", []));
        using var file = SafetensorsFile.Open(folder["a.safetensors"]);

        BadFiles.ShouldBeRefused(folder["a.safetensors"], () => file.Get("w"), "has no tensor 'w'");
    }
}

/// <summary>Builds safetensors files by hand.</summary>
internal static class Safetensor
{
    public static byte[] File(string header, byte[] data) =>
        [
            .. BitConverter.GetBytes((long)System.Text.Encoding.UTF8.GetByteCount(header)),
            .. System.Text.Encoding.UTF8.GetBytes(header),
            .. data,
        ];
}
