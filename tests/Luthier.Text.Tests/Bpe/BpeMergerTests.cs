using FsCheck;
using FsCheck.Fluent;
using Luthier.Text.Bpe;

namespace Luthier.Text.Tests.Bpe;

public sealed class BpeMergerTests
{
    /// <summary>Words of a few symbols, so that the same pairs come up again and again.</summary>
    private static readonly Arbitrary<int[]> Words = Gen.Choose(0, 5).ArrayOf().ToArbitrary();

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 25)]
    public void Merging_follows_the_definition(int seed, int repeats)
    {
        var pairs = RandomPairs(seed);
        Prop.ForAll(
                Words,
                word =>
                {
                    // Longer words go through the heap.
                    var symbols = Enumerable.Repeat(word, repeats).SelectMany(w => w).ToArray();
                    var expected = MergeByDefinition(symbols, pairs);
                    var count = BpeMerger.Merge(symbols, pairs);
                    symbols[..count].ShouldBe(expected);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(40).WithQuietOnSuccess(true));
    }

    [Fact]
    public void A_million_symbols_take_no_quadratic_time()
    {
        var pairs = new PairTable(4);
        pairs.Set(0, 0, 1);
        pairs.Set(1, 1, (1UL << 32) | 2);
        var symbols = new int[1_000_000];
        BpeMerger.Merge(symbols, pairs).ShouldBe(250_000);
        symbols[..250_000].ShouldAllBe(s => s == 2);
    }

    private static List<int> MergeByDefinition(int[] symbols, PairTable pairs)
    {
        var list = symbols.ToList();
        while (true)
        {
            var best = Enumerable
                .Range(0, Math.Max(0, list.Count - 1))
                .Select(i => (Found: pairs.Find(list[i], list[i + 1]), Index: i))
                .Where(p => p.Found != PairTable.Absent)
                .OrderBy(p => p.Found >> 32)
                .ThenBy(p => p.Index)
                .Select(p => ((ulong Found, int Index)?)p)
                .FirstOrDefault();
            if (best is not { } pair)
            {
                return list;
            }

            list[pair.Index] = (int)pair.Found;
            list.RemoveAt(pair.Index + 1);
        }
    }

    /// <summary>Merges of symbols below 6 and of what they make; of the third kind several have the same rank.</summary>
    private static PairTable RandomPairs(int seed)
    {
        var random = new Random(seed);
        var pairs = new PairTable(0);
        for (var symbol = 6; symbol < 60; symbol++)
        {
            var rank = seed == 1 ? symbol / 7 : symbol;
            pairs.Set(random.Next(symbol), random.Next(symbol), ((ulong)rank << 32) | (uint)symbol);
        }

        return pairs;
    }
}
