using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.KeyValues;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class PagedAttentionTests
{
    public static TheoryData<int[], AttentionOptions> Cases =>
        new()
        {
            { [1], new(1, 1, 1, 1) },
            { [5, 40], new(2, 1, 7, 0.5f) },
            { [33, 1, 64], new(4, 2, 64, 0.125f) },
            { [600], new(7, 1, 64, 0.125f) },
            { [560, 3], new(8, 2, 16, 0.25f) },
            { [530], new(3, 1, 128, 0.1f) },
            { [550, 20], new(2, 1, 20, 0.2f, 70, 4f) },
            { [620], new(2, 2, 40, 0.2f, 530) },
            { [90], new(64, 1, 8, 0.3f, 0, 2f) },
        };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Results_are_those_of_attention_over_whole_sequences(int[] lengths, AttentionOptions options)
    {
        var sequences = new Sequences(lengths, options);
        var expected = sequences.Whole();
        foreach (var threads in (int[])[1, 2, 3])
        {
            Against.Close(
                sequences.Paged(TestDevice.Create(threads), KeyValueType.Float32, int.MaxValue),
                expected,
                1e-5
            );
        }
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Results_do_not_depend_on_how_sequences_are_cut_into_steps(int[] lengths, AttentionOptions options)
    {
        var sequences = new Sequences(lengths, options);
        foreach (var type in Enum.GetValues<KeyValueType>())
        {
            var whole = sequences.Paged(TestDevice.Create(2), type, int.MaxValue);
            foreach (var step in (int[])[1, 29])
            {
                sequences
                    .Paged(TestDevice.Create(2), type, step)
                    .AsSpan()
                    .SequenceEqual(whole)
                    .ShouldBeTrue($"{type} in steps of {step}");
            }
        }
    }

    [Theory]
    [InlineData(KeyValueType.BFloat16, 0.02)]
    [InlineData(KeyValueType.Int8, 0.03)]
    public void Smaller_types_lose_little(KeyValueType type, double tolerance)
    {
        var sequences = new Sequences([600, 50], new AttentionOptions(4, 2, 64, 0.125f));
        var expected = sequences.Whole();
        Against.Close(sequences.Paged(TestDevice.Create(2), type, 100), expected, tolerance);
        using var reference = new ReferenceDevice();
        Against.Close(sequences.Paged(reference, type, int.MaxValue), expected, tolerance);
    }

    [Fact]
    public void What_blocks_held_before_does_not_matter()
    {
        var sequences = new Sequences([70], new AttentionOptions(2, 1, 24, 0.2f));
        using var cache = sequences.Cache(KeyValueType.Float32);
        for (var block = 0; block < cache.Blocks; block++)
        {
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(cache.Block(block)).Fill(float.NaN);
        }

        Against.Close(sequences.Paged(TestDevice.Create(2), cache, 9), sequences.Whole(), 1e-5);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var sequences = new Sequences([3], new AttentionOptions(2, 1, 24, 0.2f));
        using var cache = sequences.Cache(KeyValueType.Float32);
        using var tape = new Tape(TestDevice.Create(1));
        Should.Throw<ArgumentException>(() => Apply([new(0, 3, 2, 0)], [0]));
        Should.Throw<ArgumentException>(() => Apply([new(0, 4, 4, 0)], [0]));
        Should.Throw<ArgumentException>(() => Apply([new(0, 3, 33, 0)], [0]));
        Should.Throw<ArgumentException>(() => Apply([new(0, 3, 3, 0)], [-1]));
        Should
            .Throw<ArgumentException>(() => Apply([new(0, 3, 3, 0)], [cache.Blocks]))
            .Message.ShouldContain($"block {cache.Blocks}");

        void Apply(PagedSegment[] segments, int[] blocks) =>
            PagedAttention.Apply(
                tape,
                sequences.Q,
                sequences.K,
                sequences.V,
                cache,
                0,
                segments,
                blocks,
                sequences.Options
            );
    }

    /// <summary>Some sequences one after the other, and their attention by both ways.</summary>
    private sealed class Sequences
    {
        private const int Layers = 2;
        private readonly int[] lengths;

        public Sequences(int[] lengths, AttentionOptions options)
        {
            this.lengths = lengths;
            Options = options;
            var rows = lengths.Sum();
            Q = Sample.Normal(1, rows, options.Heads * options.HeadDimension);
            K = Sample.Normal(2, rows, options.KeyValueHeads * options.HeadDimension);
            V = Sample.Normal(3, rows, options.KeyValueHeads * options.HeadDimension);
        }

        public AttentionOptions Options { get; }

        public Tensor Q { get; }

        public Tensor K { get; }

        public Tensor V { get; }

        public PagedKeyValueCache Cache(KeyValueType type) =>
            new(
                new KeyValueShape(Layers, Options.KeyValueHeads, Options.HeadDimension),
                lengths.Sum(PagedKeyValueCache.BlocksFor) + 1,
                type
            );

        public float[] Whole()
        {
            using var reference = new ReferenceDevice();
            var y = Tensor.Create(DType.Float32, Q.Shape);
            var segments = new AttentionSegment[lengths.Length];
            for (int i = 0, start = 0; i < lengths.Length; start += lengths[i++])
            {
                segments[i] = new AttentionSegment(start, lengths[i], start, lengths[i]);
            }

            reference.Attention(Q, K, V, segments, Options, y, null);
            return y.Values();
        }

        public float[] Paged(Device device, KeyValueType type, int step)
        {
            using var cache = Cache(type);
            return Paged(device, cache, step);
        }

        // All sequences advance together, each by at most so many tokens a step; blocks are held in reverse.
        public float[] Paged(Device device, PagedKeyValueCache cache, int step)
        {
            using var tape = new Tape(device);
            var y = new float[Q.Count];
            for (var done = 0; done < lengths.Max(); done += Math.Min(step, lengths.Max()))
            {
                tape.Reset();
                Advance(tape, cache, done, step, y);
            }

            return y;
        }

        private void Advance(Tape tape, PagedKeyValueCache cache, int done, int step, float[] y)
        {
            var rows = new List<int>();
            var segments = new List<PagedSegment>();
            var blocks = new List<int>();
            var free = cache.Blocks;
            for (int i = 0, start = 0; i < lengths.Length; start += lengths[i++])
            {
                var held = PagedKeyValueCache.BlocksFor(lengths[i]);
                var count = Math.Min(step, lengths[i] - done);
                if (count > 0)
                {
                    segments.Add(new PagedSegment(rows.Count, count, done + count, blocks.Count));
                    rows.AddRange(Enumerable.Range(start + done, count));
                    blocks.AddRange(Enumerable.Range(0, held).Select(block => free - 1 - block));
                }

                free -= held;
            }

            var result = PagedAttention
                .Apply(
                    tape,
                    Take(Q, rows),
                    Take(K, rows),
                    Take(V, rows),
                    cache,
                    Layers - 1,
                    segments.ToArray(),
                    blocks.ToArray(),
                    Options
                )
                .Values();
            for (var i = 0; i < rows.Count; i++)
            {
                result.AsSpan(i * Q.Columns, Q.Columns).CopyTo(y.AsSpan(rows[i] * Q.Columns));
            }
        }

        private static Tensor Take(Tensor from, List<int> rows)
        {
            var values = from.Values();
            var taken = Tensor.Create(DType.Float32, rows.Count, from.Columns);
            for (var i = 0; i < rows.Count; i++)
            {
                values.AsSpan(rows[i] * from.Columns, from.Columns).CopyTo(taken.AsFloats()[(i * from.Columns)..]);
            }

            return taken;
        }
    }
}
