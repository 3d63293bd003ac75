using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;

namespace Luthier.Models.Tests.Transformers;

public sealed class KeyValueCacheTests
{
    // More than the memory that a cache starts with, so that it grows.
    private const int Count = 150;

    [Theory]
    [InlineData("llama", "")]
    [InlineData("qwen3", "")]
    [InlineData("mistral", "\"sliding_window\": 5")]
    [InlineData("gemma2", "\"sliding_window\": 6")]
    public void Computing_in_portions_gives_the_same_logits(string type, string fields)
    {
        using var model = TestModels.Random(type, fields);
        using var tape = new Tape(Compute.Device);
        var tokens = TestModels.Tokens(Count);
        var whole = model.Logits(tape, model.Forward(tape, Batch.FromSequences(tokens))).ToFloats();
        var cache = new KeyValueCache(model.Config, Count);
        var portions = new List<float>();
        foreach (var portion in tokens.Chunk(63).SelectMany(chunk => chunk.Length < 63 ? chunk.Chunk(1) : [chunk]))
        {
            tape.Reset();
            var hidden = model.Forward(tape, Batch.Continuation(portion, cache.Length), [cache]);
            portions.AddRange(model.Logits(tape, hidden).ToFloats());
        }

        cache.Length.ShouldBe(Count);
        portions.ToArray().ShouldBeWithin(2e-5f, whole);
    }

    [Fact]
    public void Sequences_of_a_batch_keep_to_their_own_caches()
    {
        using var model = TestModels.Random("llama");
        using var tape = new Tape(Compute.Device);
        int[][] sequences = [TestModels.Tokens(9, 1), TestModels.Tokens(4, 2)];
        KeyValueCache[] caches = [new(model.Config, 9), new(model.Config, 4)];
        model.Forward(tape, Batch.FromSequences(sequences[0][..5], sequences[1][..3]), caches);
        tape.Reset();
        var batch = Batch.FromPadded(
            [.. sequences[0][5..], sequences[1][3], 0, 0, 0],
            rows: 2,
            [1, 1, 1, 1, 1, 0, 0, 0],
            [5, 6, 7, 8, 3, 0, 0, 0]
        );
        var logits = model.Logits(tape, model.Forward(tape, batch, caches)).ToFloats();
        var expected = new List<float>();
        expected.AddRange(LastLogits(model, sequences[0], 4));
        expected.AddRange(LastLogits(model, sequences[1], 1));
        logits.ShouldBeWithin(2e-5f, [.. expected]);
    }

    [Fact]
    public void Truncating_forgets_the_last_tokens()
    {
        using var model = TestModels.Random("llama");
        using var tape = new Tape(Compute.Device);
        var cache = new KeyValueCache(model.Config, 8);
        model.Forward(tape, Batch.FromSequences([1, 2, 3, 9, 9]), [cache]);
        cache.Truncate(3);
        var hidden = model.Forward(tape, Batch.Continuation([4], cache.Length), [cache]);
        model.Logits(tape, hidden).ToFloats().ShouldBeWithin(2e-5f, LastLogits(model, [1, 2, 3, 4], 1));
    }

    [Fact]
    public void Misuse_is_refused()
    {
        using var model = TestModels.Random("llama");
        using var tape = new Tape(Compute.Device);
        var cache = new KeyValueCache(model.Config, 2);
        Should
            .Throw<InvalidOperationException>(() => model.Forward(tape, Batch.FromSequences([1, 2, 3]), [cache]))
            .Message.ShouldContain("3 tokens, more than the 2 planned");
        Should.Throw<ArgumentException>(() => model.Forward(tape, Batch.FromSequences([1], [2]), [cache]));
        tape.Recording = true;
        Should.Throw<InvalidOperationException>(() => model.Forward(tape, Batch.FromSequences([1]), [cache]));
    }

    private static float[] LastLogits(Transformer model, int[] tokens, int count)
    {
        using var tape = new Tape(Compute.Device);
        var hidden = model.Forward(tape, Batch.FromSequences(tokens));
        return model.Logits(tape, hidden.Slice(tokens.Length - count, count)).ToFloats();
    }
}
