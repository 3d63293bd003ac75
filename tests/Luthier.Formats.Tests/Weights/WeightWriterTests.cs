using Luthier.Formats.Weights;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.Weights;

public class WeightWriterTests
{
    [Fact]
    public void Writes_the_shards_that_transformers_wrote()
    {
        var expected = TestData.Shared("fixtures/save-layout/sharded");
        using var weights = WeightFiles.Open(TestData.Shared("fixtures/llama-tiny"));
        using var folder = TestData.TempFolder();
        var order = LlamaShapes.Create(1, 1, layers: 2, DType.Float32);

        WeightWriter.Write(
            folder,
            [.. order.Select(tensor => TensorSource.From(tensor.Name, weights.Get(tensor.Name)))],
            WeightNaming.Safetensors,
            ByteSize.Parse("100KB")
        );

        var files = Directory
            .GetFiles(expected, "model*")
            .Select(Path.GetFileName)
            .Order(StringComparer.Ordinal)
            .ToArray();
        Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(files);
        files.Length.ShouldBe(7);
        foreach (var file in files)
        {
            File.ReadAllBytes(folder[file!])
                .AsSpan()
                .SequenceEqual(File.ReadAllBytes(Path.Combine(expected, file!)))
                .ShouldBeTrue(file);
        }
    }

    [Fact]
    public void Removes_what_an_earlier_export_left_and_nothing_else()
    {
        using var folder = TestData.TempFolder();
        string[] stale =
        [
            "model.safetensors",
            "model-00003-of-00003.safetensors",
            "model-00001-of-00003.safetensors",
            "pytorch_model.bin",
            "pytorch_model-00001-of-00002.bin",
            "pytorch_model.bin.index.json",
        ];
        string[] others =
        [
            "config.json",
            "model-1-of-2.safetensors",
            "model-extra.safetensors",
            "my_model.safetensors",
            "optimizer.bin",
        ];
        foreach (var file in stale.Concat(others))
        {
            File.WriteAllText(folder[file], "old");
        }

        var plan = WeightWriter.Write(folder, Sources("a", "b"), WeightNaming.Safetensors, maxShardBytes: 8);

        plan.Shards.Count.ShouldBe(2);
        string[] expected =
        [
            .. others,
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
        ];
        Directory.GetFiles(folder).Select(Path.GetFileName).ShouldBe(expected, ignoreOrder: true);

        WeightWriter.Write(folder, Sources("a", "b"), WeightNaming.Safetensors);

        Directory
            .GetFiles(folder)
            .Select(Path.GetFileName)
            .ShouldBe([.. others, "model.safetensors"], ignoreOrder: true);
    }

    [Fact]
    public void A_failure_leaves_the_earlier_export_as_it_was()
    {
        using var folder = TestData.TempFolder();
        WeightWriter.Write(folder, Sources("a", "b"), WeightNaming.Safetensors, maxShardBytes: 8);
        var before = Directory.GetFiles(folder).ToDictionary(file => file, File.ReadAllBytes, StringComparer.Ordinal);
        TensorSource[] sources =
        [
            .. Sources("a"),
            new(new TensorInfo("b", DType.Float32, 2), () => throw new IOException("disk full")),
        ];

        Should.Throw<IOException>(() =>
            WeightWriter.Write(folder, sources, WeightNaming.Safetensors, maxShardBytes: 8)
        );

        var after = Directory.GetFiles(folder);
        after.ShouldBe(before.Keys, ignoreOrder: true);
        after.ShouldAllBe(file => File.ReadAllBytes(file).SequenceEqual(before[file]));
    }

    [Fact]
    public void Data_of_another_shape_than_announced_is_refused()
    {
        using var folder = TestData.TempFolder();
        TensorSource[] sources = [new(new TensorInfo("b", DType.Float32, 2), () => Tensor.FromValues([1, 2, 3], 3))];

        Should
            .Throw<InvalidOperationException>(() => WeightWriter.Write(folder, sources, WeightNaming.Safetensors))
            .Message.ShouldContain("b Float32[2] was announced");
    }

    private static TensorSource[] Sources(params string[] names) =>
        [.. names.Select(name => TensorSource.From(name, Tensor.FromValues([1, 2], 2)))];
}
