using FsCheck;
using FsCheck.Fluent;
using Luthier.Generation.Engine.Blocks;

namespace Luthier.Generation.Tests.Engine.Blocks;

/// <summary>Sequences that take, fill, share and give back blocks at random, against a model that keeps it all.</summary>
public sealed class BlockPoolTests
{
    private const int Blocks = 9;
    private const int BlockTokens = 32;

    private enum Act
    {
        Reserve,
        Compute,
        Append,
        Release,
    }

    [Fact]
    public void Blocks_are_never_lost_shared_wrongly_or_freed_twice()
    {
        var step =
            from act in Gen.Elements(Enum.GetValues<Act>())
            from who in Gen.Choose(0, 4)
            from amount in Gen.Choose(1, 100)
            select (act, who, amount);
        Prop.ForAll(
                step.ArrayOf().ToArbitrary(),
                steps =>
                {
                    var model = new Model();
                    foreach (var (act, who, amount) in steps)
                    {
                        model.Do(act, who, amount);
                        model.Check();
                    }

                    model.ReleaseAll();
                    return model.Pool.FreeCount == Blocks;
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(120).WithQuietOnSuccess(true));
    }

    [Fact]
    public void A_block_released_more_often_than_held_is_a_mistake()
    {
        var pool = new BlockPool(2);
        var holder = new object();
        var block = pool.Take(holder);
        pool.Release(block, holder);
        Should.Throw<InvalidOperationException>(() => pool.Release(block, holder)).Message.ShouldContain("block 0");
    }

    [Fact]
    public void Hashes_depend_on_all_that_keys_and_values_depend_on()
    {
        int[] tokens = [.. Enumerable.Range(0, BlockTokens)];
        int[] others = [.. tokens.Reverse()];
        UInt128[] roots =
        [
            BlockHash.Root(0, null),
            BlockHash.Root(0, ""),
            BlockHash.Root(0, "s"),
            BlockHash.Root(1, null),
            BlockHash.Root(1, "s"),
        ];
        var hashes = roots
            .Concat(roots.Select(root => BlockHash.Next(root, tokens)))
            .Concat(roots.Select(root => BlockHash.Next(root, others)))
            .Concat(roots.Select(root => BlockHash.Next(BlockHash.Next(root, tokens), tokens)))
            .ToList();
        hashes.Distinct().Count().ShouldBe(hashes.Count);
        BlockHash.Root(1, "s").ShouldBe(roots[4]);
    }

    private sealed class Model
    {
        // What is in each place of the cache: all tokens up to there, or null.
        private readonly int[]?[] memory = new int[]?[Blocks * BlockTokens];
        private readonly Text[] texts;

        public Model() => texts = [.. Enumerable.Range(0, 5).Select(_ => new Text(Pool))];

        public BlockPool Pool { get; } = new(Blocks);

        public void Do(Act act, int who, int amount)
        {
            var text = texts[who];
            switch (act)
            {
                case Act.Reserve when text.Table.Blocks.Length == 0:
                    Reserve(text, amount);
                    break;
                case Act.Compute when text.Table.Blocks.Length > 0:
                    Compute(text, amount);
                    break;
                case Act.Append when text.Computed == text.Tokens.Count && text.Computed > 0:
                    text.Tokens.Add(amount % 2);
                    if (!text.Table.TryGrow(text.Tokens.Count))
                    {
                        Pool.FreeCount.ShouldBe(0);
                        Release(text);
                    }

                    break;
                case Act.Release:
                    Release(text);
                    break;
            }
        }

        public void ReleaseAll() => Array.ForEach(texts, Release);

        public void Check()
        {
            var holders = new int[Blocks];
            foreach (var text in texts)
            {
                foreach (var block in text.Table.Blocks)
                {
                    holders[block]++;
                }
            }

            for (var block = 0; block < Blocks; block++)
            {
                Pool.HoldersOf(block).ShouldBe(holders[block]);
                if (Pool.WriterOf(block) is { } writer)
                {
                    Pool.IsComputed(block).ShouldBeFalse();
                    var table = texts.Single(text => ReferenceEquals(text.Table, writer)).Table;
                    table.Blocks.Contains(block).ShouldBeTrue();
                }
            }

            Pool.FreeCount.ShouldBe(holders.Count(count => count == 0));
            Pool.FindableCount.ShouldBeLessThanOrEqualTo(Blocks);
        }

        // Texts of few different tokens, so that many begin alike.
        private static void Reserve(Text text, int amount)
        {
            if (text.Tokens.Count == 0)
            {
                text.Tokens.AddRange(Enumerable.Range(0, 1 + amount).Select(i => i < 40 ? 0 : amount % 2));
            }

            var needed = (text.Tokens.Count + BlockTokens - 1) / BlockTokens;
            var free = text.Pool.FreeCount;
            if (!text.Table.TryReserve([.. text.Tokens], share: amount % 5 > 0, spare: 0))
            {
                text.Table.Blocks.Length.ShouldBe(0);
                needed.ShouldBeGreaterThan(free);
                text.Pool.FreeCount.ShouldBe(free);
            }
        }

        private void Compute(Text text, int amount)
        {
            var skipped = text.Table.Skip(text.Computed, text.Tokens.Count);
            for (var i = text.Computed; i < skipped; i++)
            {
                At(text, i).ShouldBe(text.Tokens[..(i + 1)]);
            }

            text.Computed = skipped;
            var end = text.Table.WritableUpTo(skipped, text.Tokens.Count);
            end = Math.Min(end, skipped + amount);
            for (var i = skipped; i < end; i++)
            {
                At(text, i) = [.. text.Tokens[..(i + 1)]];
            }

            if (end > skipped)
            {
                text.Table.Complete([.. text.Tokens], skipped, end);
                text.Computed = end;
            }

            // Whatever others did, what counts as computed is this text's.
            for (var i = 0; i < text.Computed; i++)
            {
                At(text, i).ShouldBe(text.Tokens[..(i + 1)]);
            }
        }

        private ref int[]? At(Text text, int position) =>
            ref memory[(text.Table.Blocks[position / BlockTokens] * BlockTokens) + (position % BlockTokens)];

        private static void Release(Text text)
        {
            text.Table.Release();
            text.Computed = 0;
            if (text.Tokens.Count > 200)
            {
                text.Tokens.Clear();
                text.Table = new BlockTable(text.Pool, root: 1, findable: true);
            }
        }
    }

    private sealed class Text(BlockPool pool)
    {
        public BlockPool Pool => pool;

        public BlockTable Table { get; set; } = new(pool, root: 1, findable: true);

        public List<int> Tokens { get; } = [];

        public int Computed { get; set; }
    }
}
