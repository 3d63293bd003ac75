using Luthier.Training.Sampling;

namespace Luthier.Training.Tests.Sampling;

public sealed class RowSamplerTests
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 200).Select(i => 1 + (i * 37 % 101))];

    [Fact]
    public void FileOrderIsTheSameInEveryEpoch()
    {
        var sampler = new RowSampler(RowOrder.File, Lengths, 8, 42);
        sampler.RowsOf(0).ShouldBe(Enumerable.Range(0, 200));
        sampler.RowsOf(1).ShouldBe(Enumerable.Range(0, 200));
    }

    [Theory]
    [InlineData(RowOrder.Shuffled)]
    [InlineData(RowOrder.GroupedByLength)]
    internal void EachEpochHasAnOrderOfItsOwnThatSeedAndEpochDecide(RowOrder order)
    {
        var sampler = new RowSampler(order, Lengths, 8, 42);

        sampler.RowsOf(0).Order().ShouldBe(Enumerable.Range(0, 200));
        sampler.RowsOf(0).ShouldNotBe(sampler.RowsOf(1));
        sampler.RowsOf(0).ShouldNotBe(new RowSampler(order, Lengths, 8, 43).RowsOf(0));
        sampler.RowsOf(1).ShouldBe(new RowSampler(order, Lengths, 8, 42).RowsOf(1));
    }

    [Fact]
    public void GroupedBatchesHoldRowsOfSimilarLength()
    {
        Spread(RowOrder.GroupedByLength).ShouldBeLessThan(Spread(RowOrder.Shuffled) / 3);

        var rows = new RowSampler(RowOrder.GroupedByLength, Lengths, 8, 42).RowsOf(0);
        Lengths[rows[0]].ShouldBe(Lengths.Max());
    }

    private static double Spread(RowOrder order) =>
        new RowSampler(order, Lengths, 8, 42)
            .RowsOf(0)
            .Chunk(8)
            .Average(batch => batch.Max(row => Lengths[row]) - batch.Min(row => Lengths[row]));
}
