using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class AttentionTests
{
    [Theory]
    [InlineData(2, 2, 0, 0f)]
    [InlineData(4, 2, 0, 0f)]
    [InlineData(2, 1, 2, 0f)]
    [InlineData(2, 1, 3, 1.5f)]
    public void Gradients_are_slopes(int heads, int keyValueHeads, int window, float softcap)
    {
        const int d = 3;
        var options = new AttentionOptions(heads, keyValueHeads, d, 0.7f, window, softcap);
        AttentionSegment[] segments = [new(0, 4, 0, 4), new(5, 2, 5, 3)];
        var q = Sample.Normal(1, 8, heads * d);
        var k = Sample.Normal(2, 9, keyValueHeads * d);
        var v = Sample.Normal(3, 9, keyValueHeads * d);
        FiniteDifferences.Check(tape => Attention.Apply(tape, q, k, v, segments, options), [q, k, v]);
    }

    public static TheoryData<int[], AttentionOptions> Cases =>
        new()
        {
            { [1], new(1, 1, 1, 1) },
            { [5], new(2, 1, 7, 0.5f) },
            { [17, 3], new(2, 2, 16, 0.25f) },
            { [64, 65, 1], new(4, 2, 64, 0.125f) },
            { [130], new(7, 1, 64, 0.125f) },
            { [200, 31], new(2, 2, 40, 0.2f) },
            { [100], new(3, 1, 128, 0.1f) },
            { [150], new(2, 1, 32, 0.2f, 20) },
            { [150, 60], new(2, 1, 20, 0.2f, 70, 4f) },
            { [90], new(2, 2, 64, 0.125f, 0, 2f) },
            { [300], new(1, 1, 72, 0.3f) },
        };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Kernels_agree_with_the_reference(int[] lengths, AttentionOptions options)
    {
        var (segments, rows) = Pack(lengths, padding: 2);
        var columns = options.KeyValueHeads * options.HeadDimension;
        var q = Sample.Normal(1, rows, options.Heads * options.HeadDimension);
        var k = Sample.Normal(2, rows, columns);
        var v = Sample.Normal(3, rows, columns);
        var y = Sample.Normal(4, rows, q.Columns);
        var dY = Sample.Normal(5, rows, q.Columns);
        var logSumExp = Tensor.Create(DType.Float32, options.Heads, rows);
        var (dQ, dK, dV) = (
            Sample.Normal(6, rows, q.Columns),
            Sample.Normal(7, rows, columns),
            Sample.Normal(8, rows, columns)
        );
        Against.Reference(t => t.Attention(q, k, v, segments, options, y, null), 5e-6, y);
        Against.Reference(t => t.Attention(q, k, v, segments, options, y, logSumExp), 5e-6, y, logSumExp);
        foreach (var accumulate in (bool[])[false, true])
        {
            Against.Reference(
                t => t.AttentionBackward(dY, q, k, v, y, logSumExp, segments, options, dQ, dK, dV, accumulate),
                2e-5,
                dQ,
                dK,
                dV
            );
        }
    }

    [Fact]
    public void Gradients_may_take_over_the_memory_of_their_tensors()
    {
        var options = new AttentionOptions(4, 2, 24, 0.2f);
        var (segments, rows) = Pack([70, 130], padding: 3);
        var q = Sample.Normal(1, rows, 4 * 24);
        var k = Sample.Normal(2, rows, 2 * 24);
        var v = Sample.Normal(3, rows, 2 * 24);
        var y = Tensor.Create(DType.Float32, rows, 4 * 24);
        var dY = Sample.Normal(5, rows, 4 * 24);
        var logSumExp = Tensor.Create(DType.Float32, 4, rows);
        Against.Reference(t => t.Attention(q, k, v, segments, options, y, logSumExp), 5e-6, y, logSumExp);
        Against.Reference(
            t => t.AttentionBackward(dY, q, k, v, y, logSumExp, segments, options, q, k, v, accumulate: false),
            2e-5,
            q,
            k,
            v
        );
    }

    [Theory]
    [InlineData(1, 1, 0, 0f)]
    [InlineData(1, 9, 0, 0f)]
    [InlineData(1, 700, 0, 0f)]
    [InlineData(1, 700, 100, 3f)]
    [InlineData(3, 700, 0, 0f)]
    [InlineData(40, 170, 0, 0f)]
    [InlineData(40, 170, 33, 0f)]
    public void Queries_continue_a_cache(int queries, int keys, int window, float softcap)
    {
        var options = new AttentionOptions(6, 2, 24, 0.2f, window, softcap);
        var q = Sample.Normal(1, 2 * queries, 6 * 24);
        var k = Sample.Normal(2, 2 * keys, 2 * 24);
        var v = Sample.Normal(3, 2 * keys, 2 * 24);
        var y = Tensor.Create(DType.Float32, 2 * queries, 6 * 24);
        AttentionSegment[] segments = [new(0, queries, keys, keys), new(queries, queries, 0, keys)];
        Against.Reference(t => t.Attention(q, k, v, segments, options, y, null), 5e-6, y);
    }

    [Fact]
    public void Queries_before_the_first_key_get_zero()
    {
        var options = new AttentionOptions(1, 1, 4, 1);
        var q = Sample.Normal(1, 5, 4);
        var k = Sample.Normal(2, 3, 4);
        var y = Sample.Normal(3, 5, 4);
        var logSumExp = Sample.Normal(4, 1, 5);
        AttentionSegment[] segments = [new(0, 5, 0, 3)];
        Against.Reference(t => t.Attention(q, k, k, segments, options, y, logSumExp), 5e-6, y);
        y.Values()[..8].ShouldAllBe(value => value == 0);
        var (dQ, dK, dV) = (Sample.Normal(6, 5, 4), Sample.Normal(7, 3, 4), Sample.Normal(8, 3, 4));
        Against.Reference(
            t => t.AttentionBackward(q, q, k, k, y, logSumExp, segments, options, dQ, dK, dV, false),
            2e-5,
            dQ,
            dK,
            dV
        );
    }

    [Fact]
    public void Scores_far_apart_do_not_overflow()
    {
        var options = new AttentionOptions(1, 1, 8, 100);
        var q = Sample.Scaled(1, 10, 80, 8);
        var y = Tensor.Create(DType.Float32, 80, 8);
        AttentionSegment[] segments = [new(0, 80, 0, 80)];
        Against.Reference(t => t.Attention(q, q, q, segments, options, y, null), 1e-3, y);
    }

    [Fact]
    public void A_segment_outside_its_tensors_is_refused()
    {
        using var device = TestDevice.Create(1);
        using var tape = new Luthier.Tensors.Autograd.Tape(device);
        var q = Sample.Normal(1, 4, 4);
        var options = new AttentionOptions(1, 1, 4, 1);
        foreach (
            var segment in (AttentionSegment[])
                [new(0, 5, 0, 4), new(-1, 2, 0, 2), new(0, 1, 4, 1), new(1, int.MaxValue, 0, 1)]
        )
        {
            Should
                .Throw<ArgumentException>(() => Attention.Apply(tape, q, q, q, [segment], options))
                .Message.ShouldContain("[4, 4]");
        }
    }

    [Fact]
    public void Segments_that_overlap_are_refused_where_gradients_are_asked()
    {
        using var device = TestDevice.Create(1);
        using var tape = new Luthier.Tensors.Autograd.Tape(device) { Recording = true };
        var q = Sample.Normal(1, 6, 4);
        q.NeedsGradient = true;
        var options = new AttentionOptions(1, 1, 4, 1);
        AttentionSegment[] segments = [new(3, 3, 2, 4), new(0, 3, 0, 3)];
        Should
            .Throw<ArgumentException>(() => Attention.Apply(tape, q, q, q, segments, options))
            .Message.ShouldContain("row 2 of the keys");
        segments[0] = new(2, 4, 3, 3);
        Should
            .Throw<ArgumentException>(() => Attention.Apply(tape, q, q, q, segments, options))
            .Message.ShouldContain("row 2 of the queries");
    }

    private static (AttentionSegment[] Segments, int Rows) Pack(int[] lengths, int padding)
    {
        var segments = new AttentionSegment[lengths.Length];
        var start = 1;
        for (var i = 0; i < lengths.Length; i++)
        {
            segments[i] = new AttentionSegment(start, lengths[i], start, lengths[i]);
            start += lengths[i] + padding;
        }

        return (segments, start);
    }
}
