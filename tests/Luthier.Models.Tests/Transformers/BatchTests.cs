using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Tests.Transformers;

public sealed class BatchTests
{
    private static readonly int[] Padded = [0, 11, 12, 13, 21, 22, 0, 0];
    private static readonly int[] Mask = [0, 1, 1, 1, 1, 1, 0, 0];

    [Fact]
    public void Padding_on_either_side_is_left_out()
    {
        var batch = Batch.FromPadded(Padded, rows: 2, Mask);
        batch.Tokens.ShouldBe([11, 12, 13, 21, 22]);
        batch.Positions.ShouldBe([1, 2, 3, 0, 1]);
        batch.Segments.ShouldBe([new AttentionSegment(0, 3, 0, 3), new AttentionSegment(3, 2, 3, 2)]);
        (batch.Rows, batch.Width, batch.Count).ShouldBe((2, 4, 5));
    }

    [Fact]
    public void Given_positions_are_taken() =>
        Batch.FromPadded(Padded, rows: 2, Mask, [9, 0, 1, 2, 5, 6, 9, 9]).Positions.ShouldBe([0, 1, 2, 5, 6]);

    [Fact]
    public void Without_a_mask_every_token_counts() =>
        Batch
            .FromPadded(Padded, rows: 2)
            .Segments.ShouldBe([new AttentionSegment(0, 4, 0, 4), new AttentionSegment(4, 4, 4, 4)]);

    [Fact]
    public void Values_are_gathered_and_put_back()
    {
        var batch = Batch.FromPadded(Padded, rows: 2, Mask);
        batch.Gather([1, 2, 3, 4, 5, 6, 7, 8]).ShouldBe([2, 3, 4, 5, 6]);
        var scattered = batch.Scatter(Tensor.FromValues([1, 1, 2, 2, 3, 3, 4, 4, 5, 5], 5, 2));
        scattered.Shape.ToArray().ShouldBe([2, 4, 2]);
        scattered.ToFloats().ShouldBe([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 0, 0, 0, 0]);
    }

    [Fact]
    public void A_label_is_asked_of_the_token_before_it_in_the_same_sequence()
    {
        var batch = Batch.FromSequences([1, 2, 3], [], [4], [5, 6]);
        batch.Positions.ShouldBe([0, 1, 2, 0, 0, 1]);
        batch.Segments.Length.ShouldBe(3);
        batch.NextLabels([1, 2, -100, 4, 5, 6]).ShouldBe([2, -100, -100, -100, 6, -100]);
    }

    [Fact]
    public void Wrong_lengths_are_refused()
    {
        Should.Throw<ArgumentException>(() => Batch.FromPadded(Padded, rows: 3));
        Should.Throw<ArgumentException>(() => Batch.FromPadded(Padded, rows: 2, [1]));
        Should.Throw<ArgumentException>(() => Batch.FromPadded(Padded, rows: 2, Mask, [1]));
        Should.Throw<ArgumentException>(() => Batch.FromSequences([1, 2]).NextLabels([1]));
    }

    [Theory]
    [InlineData("llama", "")]
    [InlineData("gemma2", "\"sliding_window\": 3")]
    public void Packed_sequences_do_not_see_each_other(string type, string fields)
    {
        using var model = TestModels.Random(type, fields);
        using var tape = new Tape(Compute.Device);
        int[][] sequences = [TestModels.Tokens(7, 1), TestModels.Tokens(1, 2), TestModels.Tokens(5, 3)];
        float[] apart = [.. sequences.SelectMany(sequence => Logits(model, Batch.FromSequences(sequence)))];
        Logits(model, Batch.FromSequences(sequences)).ShouldBeWithin(1e-5f, apart);
    }

    [Fact]
    public void A_packed_batch_has_the_sum_of_its_sequences_losses_and_gradients()
    {
        using var model = TestModels.Random("qwen2");
        using var tape = new Tape(Compute.Device) { Recording = true };
        model.SetTrainable(true);
        int[][] sequences = [TestModels.Tokens(9, 1), TestModels.Tokens(6, 2)];
        var sum = 0.0;
        foreach (var sequence in sequences)
        {
            sum += model.Loss(tape, Batch.FromSequences(sequence), sequence, gradientScale: 0.1f).Sum;
            tape.Backward();
            tape.Reset();
        }

        var apart = model.Parameters.ToDictionary(
            p => p.Name,
            p => p.Tensor.Gradient!.ToFloats(),
            StringComparer.Ordinal
        );
        foreach (var (_, tensor) in model.Parameters)
        {
            tensor.Gradient = null;
        }

        var packed = Batch.FromSequences(sequences);
        var loss = model.Loss(tape, packed, packed.Tokens, gradientScale: 0.1f);
        tape.Backward();
        loss.Sum.ShouldBe(sum, 1e-4);
        loss.Count.ShouldBe(13);
        foreach (var (name, tensor) in model.Parameters)
        {
            tensor.Gradient!.ToFloats().ShouldBeWithin(2e-5f, apart[name]);
        }
    }

    private static float[] Logits(Transformer model, Batch batch)
    {
        using var tape = new Tape(Compute.Device);
        return model.Logits(tape, model.Forward(tape, batch)).ToFloats();
    }
}
