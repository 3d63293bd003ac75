using Luthier.Tensors.Memory;

namespace Luthier.Tensors.Tests.Memory;

public sealed class ArenaTests
{
    [Fact]
    public void Blocks_are_aligned_and_apart()
    {
        using var arena = new Arena();
        var random = new Random(1);
        var blocks = new List<(long Start, long End)>();
        for (var i = 0; i < 1000; i++)
        {
            var bytes = random.Next(0, 200_000);
            var block = (long)arena.Rent(bytes);
            (block % NativeMemory.Alignment).ShouldBe(0);
            blocks.Add((block, block + Math.Max(bytes, 1)));
        }

        blocks.Sort();
        for (var i = 1; i < blocks.Count; i++)
        {
            blocks[i].Start.ShouldBeGreaterThanOrEqualTo(blocks[i - 1].End);
        }
    }

    [Fact]
    public void What_is_given_back_is_used_again()
    {
        using var arena = new Arena();
        var first = arena.Rent(1000);
        arena.Return(first, 1000);
        arena.Rent(1010).ShouldBe(first);
        arena.Reset();
        arena.UsedBytes.ShouldBe(0);
        arena.Rent(5000).ShouldBe(first);
    }

    [Fact]
    public void A_repeated_pattern_reserves_nothing_more()
    {
        using var arena = new Arena();
        long reserved = 0;
        for (var step = 0; step < 5; step++)
        {
            arena.Reset();
            for (var i = 0; i < 30; i++)
            {
                var bytes = (30 - i) * 500_000L;
                var block = arena.Rent(bytes);
                if (i % 3 == 0)
                {
                    arena.Return(block, bytes);
                }
            }

            reserved = step == 0 ? arena.ReservedBytes : reserved;
            arena.ReservedBytes.ShouldBe(reserved);
            arena.PeakBytes.ShouldBeLessThanOrEqualTo(reserved);
        }
    }

    [Fact]
    public void A_block_larger_than_a_chunk_gets_one_of_its_own()
    {
        using var arena = new Arena();
        arena.Rent(1 << 10);
        arena.Rent(100L << 20);
        arena.ReservedBytes.ShouldBe((64L << 20) + (100L << 20));
    }

    [Fact]
    public void Sizes_below_zero_are_refused()
    {
        using var arena = new Arena();
        Should.Throw<ArgumentOutOfRangeException>(() => arena.Rent(-1));
    }
}
