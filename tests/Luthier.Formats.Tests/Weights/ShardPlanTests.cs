using FsCheck;
using FsCheck.Fluent;
using Luthier.Formats.Json;
using Luthier.Formats.Weights;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.Weights;

public class ShardPlanTests
{
    // The rotary frequencies that early versions stored are too small to change any count.
    [Theory]
    [InlineData(4096, 11008, 32, 39)]
    [InlineData(5120, 13824, 40, 82)]
    [InlineData(6656, 17920, 60, 242)]
    [InlineData(8192, 22016, 80, 402)]
    public void Llama_in_float16_at_400MB_has_the_published_number_of_shards(
        int hidden,
        int intermediate,
        int layers,
        int expected
    )
    {
        var limit = ByteSize.Parse("400MB");
        var plan = ShardPlan.Create(
            LlamaShapes.Create(hidden, intermediate, layers, DType.Float16),
            limit,
            WeightNaming.PyTorch
        );
        var old = ShardPlan.Create(
            LlamaShapes.CreateWithRotaryFrequencies(hidden, intermediate, layers, DType.Float16),
            limit,
            WeightNaming.PyTorch
        );

        plan.Shards.Count.ShouldBe(expected);
        old.Shards.Count.ShouldBe(expected);
        plan.Shards[0].FileName.ShouldBe($"pytorch_model-00001-of-{expected:00000}.bin");
        plan.Shards[^1].FileName.ShouldBe($"pytorch_model-{expected:00000}-of-{expected:00000}.bin");
    }

    [Fact]
    public void Counts_the_bytes_of_llama_13B() =>
        ShardPlan
            .Create(LlamaShapes.Create(5120, 13824, 40, DType.Float16), 400_000_000, WeightNaming.Safetensors)
            .TotalBytes.ShouldBe(2 * 13_015_864_320L);

    [Fact]
    public void One_shard_has_no_suffix_and_no_index()
    {
        var plan = ShardPlan.Create([new("a", DType.Float32, 10)], 40, WeightNaming.Safetensors);

        plan.HasIndex.ShouldBeFalse();
        plan.Shards.ShouldHaveSingleItem().FileName.ShouldBe("model.safetensors");
        ShardPlan.Create([], 40, WeightNaming.Safetensors).Shards.ShouldHaveSingleItem().Tensors.ShouldBeEmpty();
    }

    [Fact]
    public void A_tensor_above_the_limit_leaves_the_current_shard_open()
    {
        var plan = ShardPlan.Create(
            [
                new("a", DType.UInt8, 4),
                new("large", DType.UInt8, 11),
                new("b", DType.UInt8, 6),
                new("c", DType.UInt8, 1),
            ],
            10,
            WeightNaming.Safetensors
        );

        plan.Shards.Select(Names).ShouldBe(["large", "a b", "c"]);
        plan.Shards.Select(shard => shard.Bytes).ShouldBe([11, 10, 1]);
    }

    [Fact]
    public void Tied_tensors_count_once_and_stay_together()
    {
        var storage = new object();
        var plan = ShardPlan.Create(
            [
                new("embedding", DType.UInt8, 8) { Storage = storage },
                new("a", DType.UInt8, 8),
                new("head", DType.UInt8, 8) { Storage = storage },
            ],
            10,
            WeightNaming.PyTorch
        );

        plan.Shards.Select(Names).ShouldBe(["embedding head", "a"]);
        plan.TotalBytes.ShouldBe(16);
    }

    [Fact]
    public void Plans_what_transformers_planned()
    {
        var index = TestData.Shared("fixtures/save-layout/sharded/model.safetensors.index.json");
        var config = JsonFile.Read(TestData.Shared("fixtures/save-layout/sharded/config.json"));
        using var weights = WeightFiles.Open(TestData.Shared("fixtures/llama-tiny"));
        var order = LlamaShapes.Create(1, 1, config["num_hidden_layers"].AsInt32(), DType.Float32);

        var plan = ShardPlan.Create(
            order.Select(tensor => weights.Tensors[tensor.Name]),
            ByteSize.Parse("100KB"),
            WeightNaming.Safetensors
        );

        ShardIndex.Serialize(plan).ShouldBe(File.ReadAllBytes(index));
    }

    [Fact]
    public void Every_tensor_has_one_place_and_no_shard_is_too_large_or_empty()
    {
        var sizes = from limit in Gen.Choose(1, 100) from counts in Gen.Choose(0, 120).ArrayOf() select (limit, counts);
        Prop.ForAll(
                sizes.ToArbitrary(),
                item =>
                {
                    var tensors = item
                        .counts.Select((count, i) => new TensorInfo($"t{i}", DType.UInt8, count))
                        .ToArray();
                    var plan = ShardPlan.Create(tensors, item.limit, WeightNaming.Safetensors);

                    plan.Shards.SelectMany(shard => shard.Tensors).ShouldBe(tensors, ignoreOrder: true);
                    plan.TotalBytes.ShouldBe(tensors.Sum(tensor => tensor.Bytes));
                    plan.Shards.ShouldAllBe(shard => shard.Bytes <= item.limit || shard.Tensors.Count == 1);
                    plan.Shards.ShouldAllBe(shard => shard.Tensors.Count > 0 || tensors.Length == 0);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithQuietOnSuccess(true));
    }

    private static string Names(Shard shard) => string.Join(' ', shard.Tensors.Select(tensor => tensor.Name));
}
