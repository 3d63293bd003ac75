using Luthier.Formats.Safetensors;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.Safetensors;

public class SafetensorsRefusalTests
{
    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", "not valid JSON")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} x""", "not valid JSON")]
    [InlineData("""[]""", "does not start with '{'")]
    [InlineData("""{"x":3}""", "tensor 'x': expected an object")]
    [InlineData("""{"x":{"shape":[1],"data_offsets":[0,4]}}""", "expected the fields dtype, shape and data_offsets")]
    [InlineData("""{"x":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", "field dtype: expected a string")]
    [InlineData("""{"x":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", "dtype 'F8_E4M3' is not one of")]
    [InlineData("""{"x":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", "field shape: expected a list")]
    [InlineData(
        """{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""",
        "field shape: expected integers of 0 or more"
    )]
    [InlineData("""{"x":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", "field shape: expected integers")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", "field shape is given twice")]
    [InlineData(
        """{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""",
        "field data_offsets: expected integers of 0 or more"
    )]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""", "data_offsets [0, 4, 4] are no range")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "data_offsets [4, 0] are no range")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "within the file's 4 bytes of data")]
    [InlineData(
        """{"x":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,4]}}""",
        "shape [9223372036854775807] is too large"
    )]
    [InlineData("""{"x":{"dtype":"F32","shape":[2147483647,2147483647,4],"data_offsets":[0,4]}}""", "is too large")]
    [InlineData(
        """{"x":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""",
        "field shape: expected integers"
    )]
    [InlineData(
        """{"x":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}""",
        "takes 2 bytes, but its data_offsets span 4"
    )]
    [InlineData(
        """{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""",
        "describes 3 bytes of data, but the file has 4"
    )]
    [InlineData("""{"x":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}""", "leaves a hole before it")]
    [InlineData(
        """{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"y":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""",
        "tensor 'y': data starts at 2 and overlaps"
    )]
    [InlineData(
        """{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""",
        "names tensor 'x' twice"
    )]
    [InlineData(
        """{"__metadata__":{"format":3},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "field __metadata__: expected one string for 'format'"
    )]
    [InlineData(
        """{"__metadata__":"pt","x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "field __metadata__: expected one object"
    )]
    [InlineData(
        """{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":[[[[[[[[[[]]]]]]]]]]}}""",
        "not valid JSON"
    )]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not valid Unicode")]
    public void Refuses_a_bad_header(string json, string expected)
    {
        using var folder = TestData.TempFolder();
        var path = folder["bad.safetensors"];
        File.WriteAllBytes(path, Safetensor.File(json, new byte[4]));

        BadFiles.ShouldBeRefused(path, () => SafetensorsFile.Open(path).Dispose(), expected);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1L)]
    [InlineData(long.MaxValue)]
    [InlineData(100_000_001L)]
    [InlineData(3L)]
    public void Refuses_a_bad_header_length(long length)
    {
        using var folder = TestData.TempFolder();
        var path = folder["bad.safetensors"];
        File.WriteAllBytes(path, [.. BitConverter.GetBytes(length), (byte)'{', (byte)'}']);

        BadFiles.ShouldBeRefused(
            path,
            () => SafetensorsFile.Open(path).Dispose(),
            $"its length {(ulong)length} is more than"
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Refuses_a_file_without_header(int bytes)
    {
        using var folder = TestData.TempFolder();
        var path = folder["bad.safetensors"];
        File.WriteAllBytes(path, new byte[bytes]);

        BadFiles.ShouldBeRefused(path, () => SafetensorsFile.Open(path).Dispose(), $"is {bytes} bytes long");
    }

    [Fact]
    public void Survives_any_damage()
    {
        using var folder = TestData.TempFolder();
        SafetensorsWriter.Write(
            folder["good.safetensors"],
            [
                ("weight", Tensor.FromValues([1, 2, 3, 4, 5, 6], 2, 3)),
                ("bias", Tensor.FromValues([1, 2], 2)),
                ("ids", Tensor.Create(DType.Int64, 4)),
            ],
            SafetensorsWriter.PyTorchMetadata
        );
        var good = File.ReadAllBytes(folder["good.safetensors"]);

        BadFiles.ShouldSurviveDamage(good, good.Length - 64, folder["bad.safetensors"], ReadAll, tests: 1000);
    }

    private static void ReadAll(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var sum = 0;
        foreach (var name in file.Tensors.Keys)
        {
            foreach (var value in file.Get(name).AsBytes())
            {
                sum += value;
            }
        }

        sum.ShouldBeGreaterThanOrEqualTo(0);
    }
}
