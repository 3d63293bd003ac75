using Luthier.Formats.PyTorch;
using Luthier.Formats.Weights;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.PyTorch;

public class TorchWriterTests
{
    private const string Load = """
        loaded = torch.load(sys.argv[1], weights_only=sys.argv[2] == "safe")
        assert type(loaded) is collections.OrderedDict
        assert zipfile.ZipFile(sys.argv[1]).testzip() is None
        dump(loaded)
        """;

    [Theory]
    [InlineData("safe")]
    [InlineData("unsafe")]
    public void Torch_reads_it(string mode)
    {
        using var folder = TestData.TempFolder();
        var path = folder["model.bin"];
        (string, string, Tensor)[] tensors =
        [
            ("float32", "a.weight", Random(DType.Float32, 5, 3)),
            ("float16", "b.weight", Random(DType.Float16, 7)),
            ("bfloat16", "é", Random(DType.BFloat16, 2, 2, 2, 2, 2)),
            ("float64", "d", Random(DType.Float64, 300)),
            ("int64", "e", Random(DType.Int64, 70000)),
            ("int32", "f", Random(DType.Int32, 1)),
            ("int16", "g", Random(DType.Int16, 3)),
            ("int8", "h", Random(DType.Int8, 3)),
            ("uint8", "i", Random(DType.UInt8, 3)),
            ("bool", "j", Tensor.Create(DType.Bool, 3)),
            ("float32", "scalar", Tensor.FromValues([2.5f])),
            ("float32", "empty", Tensor.Create(DType.Float32, 3, 0, 2)),
        ];
        TorchWriter.Write(path, tensors.Select(item => (item.Item2, item.Item3)));

        var read = Python.Run(Load, path, mode);

        read.Members().Select(member => member.Key).ShouldBe(tensors.Select(item => item.Item2));
        foreach (var (dtype, name, tensor) in tensors)
        {
            Python.ShouldShow(read[name], dtype, tensor.Shape, tensor.AsBytes());
        }
    }

    [Fact]
    public void Its_pickle_is_the_one_that_torch_writes()
    {
        using var folder = TestData.TempFolder();
        var tied = Random(DType.Float32, 4, 2);
        // More than 256 values to keep and more than one portion of 1000 items.
        var many = Enumerable.Range(0, 2001).Select(i => ($"layers.{i}.weight", Random(DType.Float16, i % 3, 2)));
        TorchWriter.Write(folder["ours.bin"], [("embedding", tied), ("head", tied), .. many]);

        var result = Python.Run(
            """
            loaded = torch.load(sys.argv[1])
            assert loaded["head"].data_ptr() == loaded["embedding"].data_ptr()
            torch.save(loaded, sys.argv[2])
            pickles = [zipfile.ZipFile(path).read(path.split("/")[-1][:-4] + "/data.pkl") for path in sys.argv[1:]]
            print(json.dumps([pickles[0] == pickles[1], len(pickles[0])]))
            """,
            folder["ours.bin"],
            folder["theirs.bin"]
        );

        result.Items().First().AsBoolean().ShouldBeTrue();
        using var file = TorchFile.Open(folder["ours.bin"]);
        file.Tensors.Count.ShouldBe(2003);
        file.Tensors["head"].Storage.ShouldBe(file.Tensors["embedding"].Storage);
    }

    [Fact]
    public void Tied_tensors_are_stored_once()
    {
        using var folder = TestData.TempFolder();
        var tied = Random(DType.Float32, 1000);

        TorchWriter.Write(folder["tied.bin"], [("a", tied), ("b", tied.View(10, 100)), ("part", tied.Slice(0, 10))]);
        TorchWriter.Write(folder["loose.bin"], [("a", tied), ("b", Random(DType.Float32, 10, 100))]);

        new FileInfo(folder["tied.bin"]).Length.ShouldBeLessThan(new FileInfo(folder["loose.bin"]).Length - 3000);
        using var file = TorchFile.Open(folder["tied.bin"]);
        file.Get("b").Shape.ToArray().ShouldBe([10, 100]);
        file.Get("b").AsBytes().SequenceEqual(tied.AsBytes()).ShouldBeTrue();
        file.Get("part").AsBytes().SequenceEqual(tied.AsBytes()[..40]).ShouldBeTrue();
    }

    [Fact]
    public void Archives_with_64_bit_sizes_are_read_by_torch_and_by_us()
    {
        using var folder = TestData.TempFolder();
        var tensor = Random(DType.Float32, 100);
        using (var stream = File.Create(folder["large.bin"]))
        {
            TorchWriter.Write(new ZipWriter(stream, zip64Threshold: 0), "large", [TensorSource.From("w", tensor)]);
        }

        using var file = TorchFile.Open(folder["large.bin"]);
        file.Get("w").AsBytes().SequenceEqual(tensor.AsBytes()).ShouldBeTrue();

        Python.ShouldShow(Python.Run(Load, folder["large.bin"], "safe")["w"], "float32", [100], tensor.AsBytes());
    }

    [Fact]
    public void Two_tensors_of_one_name_are_refused()
    {
        using var folder = TestData.TempFolder();
        var tensor = Random(DType.Float32, 1);

        Should.Throw<ArgumentException>(() => TorchWriter.Write(folder["a.bin"], [("x", tensor), ("x", tensor)]));

        Directory.GetFiles(folder).ShouldBeEmpty();
    }

    [Fact]
    public void Safetensors_and_torch_hold_the_same()
    {
        using var folder = TestData.TempFolder();
        using var original = WeightFiles.Open(TestData.Shared("fixtures/llama-tiny-bf16"));
        WeightWriter.Write(
            folder,
            [.. original.Tensors.Keys.Select(name => TensorSource.From(name, original.Get(name)))],
            WeightNaming.PyTorch,
            maxShardBytes: 100_000
        );

        using var copy = WeightFiles.Open(folder);

        copy.Path.ShouldEndWith("pytorch_model.bin.index.json");
        copy.Tensors.Keys.ShouldBe(original.Tensors.Keys, ignoreOrder: true);
        foreach (var name in original.Tensors.Keys)
        {
            copy.Get(name).DType.ShouldBe(DType.BFloat16);
            copy.Get(name).AsBytes().SequenceEqual(original.Get(name).AsBytes()).ShouldBeTrue(name);
        }
    }

    private static Tensor Random(DType dtype, params int[] shape)
    {
        var tensor = Tensor.Create(dtype, shape);
        new Random(17).NextBytes(tensor.AsBytes());
        return tensor;
    }
}
