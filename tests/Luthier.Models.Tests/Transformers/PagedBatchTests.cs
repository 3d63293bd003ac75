using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.KeyValues;

namespace Luthier.Models.Tests.Transformers;

public sealed class PagedBatchTests
{
    private const int Count = 75;
    private static readonly int[] Held = [4, 1, 3];

    [Theory]
    [InlineData("llama", "")]
    [InlineData("qwen3", "")]
    [InlineData("mistral", "\"sliding_window\": 5")]
    [InlineData("gemma2", "\"sliding_window\": 6")]
    public void Paged_passes_give_the_logits_of_whole_sequences(string type, string fields)
    {
        using var model = TestModels.Random(type, fields);
        using var tape = new Tape(Compute.Device);
        var tokens = TestModels.Tokens(Count);
        var whole = model.Logits(tape, model.Forward(tape, Batch.FromSequences(tokens))).ToFloats();
        InPortions(model, tokens, 63, neighbours: 0).ShouldBeWithin(2e-5f, whole);
    }

    [Fact]
    public void Rows_depend_neither_on_neighbours_nor_on_portions()
    {
        using var model = TestModels.Random("llama");
        var tokens = TestModels.Tokens(Count);
        var alone = InPortions(model, tokens, Count, neighbours: 0);
        foreach (var (portion, neighbours) in ((int, int)[])[(1, 0), (20, 3), (33, 40), (64, 1)])
        {
            InPortions(model, tokens, portion, neighbours)
                .AsSpan()
                .SequenceEqual(alone)
                .ShouldBeTrue($"portions of {portion}, {neighbours} neighbours");
        }
    }

    [Fact]
    public void Sequences_need_blocks_for_all_their_tokens()
    {
        var batch = new PagedBatch();
        Should
            .Throw<ArgumentException>(() => batch.Add([1, 2], 31, [0]))
            .Message.ShouldContain("1 blocks for 33 tokens");
        Should.Throw<ArgumentException>(() => batch.Add([], 0, [0]));
        Should.Throw<ArgumentException>(() => batch.Add([1], -1, [0]));
        batch.Add([1, 2], 30, [7]);
        (batch.Count, batch.Sequences).ShouldBe((2, 1));
        batch.Positions.ToArray().ShouldBe([30, 31]);
        batch.Clear();
        (batch.Count, batch.Sequences).ShouldBe((0, 0));
    }

    // Logits of all tokens of one sequence, computed some at a time beside others of one token each.
    private static float[] InPortions(Transformer model, int[] tokens, int portion, int neighbours)
    {
        using var cache = new PagedKeyValueCache(model.Config.KeyValueShape, 5 + neighbours, KeyValueType.Float32);
        using var tape = new Tape(Compute.Device);
        var batch = new PagedBatch();
        var logits = new List<float>();
        for (var start = 0; start < tokens.Length; start += portion)
        {
            batch.Clear();
            tape.Reset();
            for (var i = 0; i < neighbours; i++)
            {
                batch.Add([i], 0, [5 + i]);
            }

            var count = Math.Min(portion, tokens.Length - start);
            batch.Add(tokens.AsSpan(start, count), start, Held);
            var hidden = model.Forward(tape, batch, cache);
            var rows = Enumerable.Range(neighbours, count).ToArray();
            logits.AddRange(model.Logits(tape, hidden, rows).ToFloats());
        }

        return [.. logits];
    }
}
