using Luthier.Formats.Weights;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.Weights;

public class WeightFilesTests
{
    [Fact]
    public void Shards_give_the_same_tensors_as_one_file()
    {
        using var whole = WeightFiles.Open(TestData.Shared("fixtures/llama-tiny"));
        using var shards = WeightFiles.Open(TestData.Shared("fixtures/save-layout/sharded"));

        shards.Tensors.Keys.ShouldBe(whole.Tensors.Keys, ignoreOrder: true);
        foreach (var name in whole.Tensors.Keys)
        {
            shards.Get(name).AsBytes().SequenceEqual(whole.Get(name).AsBytes()).ShouldBeTrue(name);
        }

        shards.FileOf("lm_head.weight").ShouldEndWith("model-00005-of-00006.safetensors");
        Should.Throw<InvalidFileException>(() => shards.Get("absent")).Message.ShouldContain("has no tensor 'absent'");
    }

    [Fact]
    public void Follows_links()
    {
        using var folder = TestData.TempFolder();
        Export(folder, "a");
        Directory.CreateDirectory(folder["links"]);
        File.CreateSymbolicLink(folder["links/model.safetensors"], folder["model.safetensors"]);

        using var weights = WeightFiles.Open(folder["links"]);

        weights.Get("a").AsFloats().ToArray().ShouldBe([1f, 2f]);
    }

    [Fact]
    public void A_folder_without_weights_is_named()
    {
        using var folder = TestData.TempFolder();

        BadFiles.ShouldBeRefused(folder, () => WeightFiles.Open(folder), "has none of model.safetensors, ");
    }

    [Theory]
    [InlineData("../model-00001-of-00002.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("sub/model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("sub\\\\model.safetensors")]
    public void An_index_that_points_elsewhere_is_refused(string file)
    {
        using var folder = TestData.TempFolder();
        var index = folder["model.safetensors.index.json"];
        File.WriteAllText(index, $$$"""{"metadata":{},"weight_map":{"a":"{{{file}}}"}}""");

        BadFiles.ShouldBeRefused(
            index,
            () => WeightFiles.Open(folder),
            "field weight_map.a: expected the name of a file in the same folder"
        );
    }

    [Fact]
    public void A_shard_that_is_not_there_is_named()
    {
        using var folder = TestData.TempFolder();
        Export(folder, "a", "b");
        File.Delete(folder["model-00002-of-00002.safetensors"]);

        BadFiles.ShouldBeRefused(
            folder["model.safetensors.index.json"],
            () => WeightFiles.Open(folder),
            "tensor 'b' is in model-00002-of-00002.safetensors, which is not there"
        );
    }

    [Fact]
    public void A_tensor_missing_from_its_shard_is_named()
    {
        using var folder = TestData.TempFolder();
        Export(folder, "a", "b");
        var index = folder["model.safetensors.index.json"];
        File.WriteAllText(index, File.ReadAllText(index).Replace("\"b\"", "\"c\"", StringComparison.Ordinal));

        BadFiles.ShouldBeRefused(
            folder["model-00002-of-00002.safetensors"],
            () => WeightFiles.Open(folder),
            "has no tensor 'c'"
        );
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("""{"weight_map":{"a":7}}""")]
    [InlineData("""{"weight_map":{"a":"x","a":"y"}}""")]
    public void An_index_of_another_form_is_refused(string json)
    {
        using var folder = TestData.TempFolder();
        var index = folder["model.safetensors.index.json"];
        File.WriteAllText(index, json);

        Should.Throw<InvalidFileException>(() => WeightFiles.Open(folder)).Path.ShouldBe(index);
    }

    private static void Export(string folder, params string[] names) =>
        WeightWriter.Write(
            folder,
            [.. names.Select(name => TensorSource.From(name, Tensor.FromValues([1, 2], 2)))],
            WeightNaming.Safetensors,
            maxShardBytes: 8
        );
}
