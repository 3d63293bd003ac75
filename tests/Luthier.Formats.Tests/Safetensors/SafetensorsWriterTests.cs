using FsCheck;
using FsCheck.Fluent;
using Luthier.Formats.Safetensors;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.Safetensors;

public class SafetensorsWriterTests
{
    public static TheoryData<string> OfficialFiles() => TestData.SharedFiles("fixtures", "*.safetensors");

    [Theory]
    [MemberData(nameof(OfficialFiles))]
    public void Rewrites_official_files_byte_for_byte(string relativePath)
    {
        var path = TestData.Shared(relativePath);
        using var folder = TestData.TempFolder();
        using var file = SafetensorsFile.Open(path);

        // In another order than the file's: the writer sorts.
        var tensors = file.Tensors.Keys.Reverse().Select(name => (name, file.Get(name)));
        SafetensorsWriter.Write(folder["copy.safetensors"], tensors, file.Metadata);

        File.ReadAllBytes(folder["copy.safetensors"]).AsSpan().SequenceEqual(File.ReadAllBytes(path)).ShouldBeTrue();
    }

    [Fact]
    public void Orders_by_type_then_name_and_pads_the_header()
    {
        using var folder = TestData.TempFolder();
        SafetensorsWriter.Write(
            folder["a.safetensors"],
            [
                ("b", Tensor.Create(DType.Float16, 1)),
                ("\U0001F600", Tensor.Create(DType.BFloat16, 1)),
                ("\uE000\"\n", Tensor.Create(DType.BFloat16, 1)),
                ("flag", Tensor.Create(DType.Bool)),
                ("a", Tensor.Create(DType.Float32, 1)),
                ("id", Tensor.Create(DType.Int64, 0)),
            ]
        );

        var bytes = File.ReadAllBytes(folder["a.safetensors"]);
        var length = (int)BitConverter.ToInt64(bytes);
        (length % 8).ShouldBe(0);
        var header = System.Text.Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' ');
        string[] entries =
        [
            """{"id":{"dtype":"I64","shape":[0],"data_offsets":[0,0]}""",
            """ "a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""",
            """ "\"\n":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]}""".Replace("\\uE000", "\uE000"),
            """ "😀":{"dtype":"BF16","shape":[1],"data_offsets":[6,8]}""".Replace("\\U0001F600", "\U0001F600"),
            """ "b":{"dtype":"F16","shape":[1],"data_offsets":[8,10]}""",
            """ "flag":{"dtype":"BOOL","shape":[],"data_offsets":[10,11]}}""",
        ];
        header.ShouldBe(string.Join(',', entries.Select(entry => entry.TrimStart())));
        bytes.Length.ShouldBe(8 + length + 11);
    }

    [Fact]
    public void Reads_back_what_it_wrote()
    {
        using var folder = TestData.TempFolder();
        var path = folder["a.safetensors"];
        var tensor =
            from dtype in Gen.Elements(Enum.GetValues<DType>().Where(type => !type.IsQuantized()))
            from shape in Gen.Choose(0, 5).ArrayOf()
            from seed in Gen.Choose(0, int.MaxValue)
            select (dtype, shape: shape.Take(4).ToArray(), seed);
        Prop.ForAll(
                tensor.ArrayOf().ToArbitrary(),
                items =>
                {
                    var tensors = items
                        .Select((item, i) => ($"t{i}", Random(item.dtype, item.shape, item.seed)))
                        .ToArray();
                    SafetensorsWriter.Write(path, tensors);
                    using var file = SafetensorsFile.Open(path);
                    file.Tensors.Count.ShouldBe(tensors.Length);
                    foreach (var (name, expected) in tensors)
                    {
                        var read = file.Get(name);
                        read.DType.ShouldBe(expected.DType);
                        read.Shape.ToArray().ShouldBe(expected.Shape.ToArray());
                        read.AsBytes().SequenceEqual(expected.AsBytes()).ShouldBeTrue();
                    }
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(100).WithQuietOnSuccess(true));
    }

    [Fact]
    public void Two_tensors_of_one_name_are_refused_and_nothing_is_left()
    {
        using var folder = TestData.TempFolder();
        var tensor = Tensor.FromValues([1], 1);

        Should.Throw<ArgumentException>(() =>
            SafetensorsWriter.Write(folder["a.safetensors"], [("x", tensor), ("x", tensor)])
        );

        Directory.GetFiles(folder).ShouldBeEmpty();
    }

    private static Tensor Random(DType dtype, int[] shape, int seed)
    {
        var tensor = Tensor.Create(dtype, shape);
        new Random(seed).NextBytes(tensor.AsBytes());
        return tensor;
    }
}
