using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class DropoutTests
{
    [Fact]
    public void Gradients_are_slopes()
    {
        var x = Sample.Normal(1, 5, 9);
        FiniteDifferences.Check(tape => Dropout.Apply(tape, x, 0.4f), [x], training: true);
    }

    [Theory]
    [InlineData(3, 0.5f)]
    [InlineData(50_001, 0.05f)]
    [InlineData(50_001, 1f)]
    public void Masks_are_the_same_on_every_path(int count, float probability)
    {
        var x = Sample.Normal(1, count);
        var y = Sample.Normal(2, count);
        Against.Reference(t => t.Dropout(x, y, probability, 123456789012345, accumulate: false), 0, y);
        Against.Reference(t => t.Dropout(x, y, probability, 123456789012345, accumulate: true), 0, y);
        Against.Reference(t => t.Dropout(x, x, probability, 5, accumulate: false), 0, x);
    }

    [Theory]
    [InlineData(0.05f)]
    [InlineData(0.5f)]
    [InlineData(0.9f)]
    public void As_many_elements_are_dropped_as_asked_and_the_mean_stays(float probability)
    {
        const int count = 1 << 20;
        var x = Tensor.Create(DType.Float32, count);
        x.AsFloats().Fill(1);
        using var device = TestDevice.Create(1);
        device.Dropout(x, x, probability, 42, accumulate: false);
        var dropped = x.Values().Count(v => v == 0);
        var deviation = Math.Sqrt(probability * (1 - probability) / count);
        ((double)dropped / count).ShouldBe(probability, 5 * deviation);
        x.Values().Average().ShouldBe(1, 5 * deviation / (1 - probability));
    }

    [Theory]
    [InlineData(0)]
    [InlineData((1L << 32) - 37)]
    public void A_part_has_the_mask_that_it_has_in_the_whole(long first)
    {
        var whole = Sample.Normal(1, 10, 9);
        var parts = Sample.Normal(1, 10, 9);
        using var device = TestDevice.Create(1);
        device.Dropout(whole, whole, 0.5f, 7, accumulate: false, first);
        device.Dropout(parts.Slice(0, 3), parts.Slice(0, 3), 0.5f, 7, accumulate: false, first);
        device.Dropout(parts.Slice(3, 7), parts.Slice(3, 7), 0.5f, 7, accumulate: false, first + 27);
        parts.Values().ShouldBe(whole.Values());
        Against.Reference(t => t.Dropout(whole, whole, 0.5f, 7, accumulate: false, first), 0, whole);
    }

    [Fact]
    public void Bits_of_neighbours_and_of_seeds_are_independent()
    {
        const int count = 1 << 16;
        foreach (
            var (seedA, seedB, shift) in new[] { (1UL, 1UL, 1), (1UL, 1UL, 64), (1UL, 2UL, 0), (0UL, 1UL << 40, 0) }
        )
        {
            var keyA = Dropout.Key(seedA, 0);
            var keyB = Dropout.Key(seedB, 0);
            var equal = new int[32];
            for (uint i = 0; i < count; i++)
            {
                var same = ~(Dropout.Bits(keyA, i) ^ Dropout.Bits(keyB, i + (uint)shift));
                for (var bit = 0; bit < 32; bit++)
                {
                    equal[bit] += (int)(same >> bit) & 1;
                }
            }

            foreach (var matches in equal)
            {
                matches.ShouldBeInRange((count / 2) - 640, (count / 2) + 640);
            }
        }
    }

    [Fact]
    public void Elements_beyond_the_first_four_billion_have_keys_of_their_own() =>
        Dropout.Key(3, 1L << 32).ShouldNotBe(Dropout.Key(3, (1L << 32) - 1));
}
