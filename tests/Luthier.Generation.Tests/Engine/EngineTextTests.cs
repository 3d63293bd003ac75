using Luthier.Generation.Engine;
using Luthier.Generation.Sampling;
using Luthier.Models.Checkpoints;
using Luthier.Models.Transformers;
using Luthier.Tensors.Devices;
using Luthier.Text;

namespace Luthier.Generation.Tests.Engine;

/// <summary>Stories of a small real model.</summary>
public sealed class EngineTextTests : IAsyncLifetime
{
    private static readonly Device Device = TestDevice.Create(threads: 2);

    private Transformer model = null!;
    private Tokenizer tokenizer = null!;
    private InferenceEngine engine = null!;
    private int[] prompt = null!;

    public ValueTask InitializeAsync()
    {
        var folder = TestData.Shared("data/stories260k");
        model = ModelLoader.Load(folder);
        tokenizer = Tokenizer.Load(folder);
        engine = new InferenceEngine(model, tokenizer, Device, new EngineOptions { Blocks = 64 });
        prompt = tokenizer.Encode("Once upon a time");
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_pieces_of_text_are_together_what_the_tokens_spell()
    {
        var text = await RunAsync(Greedy(60));
        var ids = text.Tokens.Select(token => token.Id).ToArray();
        text.Text.ShouldBe(tokenizer.Decode([.. prompt, .. ids], skipSpecialTokens: true)["Once upon a time".Length..]);
        text.Text.ShouldStartWith(", there was a ");
        text.Tokens.Count(token => token.Text.Length > 0).ShouldBeGreaterThan(30);
    }

    [Fact]
    public async Task A_stop_string_ends_the_text_wherever_tokens_end()
    {
        var whole = (await RunAsync(Greedy(60))).Text;
        foreach (var stop in (string[])["named", "ttle g", "."])
        {
            var text = await RunAsync(Greedy(60) with { StopStrings = ["nowhere to be seen", stop] });
            text.Text.ShouldBe(whole[..whole.IndexOf(stop, StringComparison.Ordinal)]);
            (text.Stream.FinishReason, text.Stream.StopString).ShouldBe((FinishReason.Stop, stop));
            var included = Greedy(60) with { StopStrings = [stop], IncludeStopString = true };
            (await RunAsync(included)).Text.ShouldBe(text.Text + stop);
        }

        var count = (await RunAsync(Greedy(60) with { StopStrings = ["."] })).Tokens.Count;
        var later = await RunAsync(Greedy(60) with { StopStrings = ["."], MinNewTokens = count });
        later.Text.ShouldStartWith(whole[..(whole.IndexOf('.', StringComparison.Ordinal) + 1)]);
        later.Tokens.Count.ShouldBeGreaterThan(count);
    }

    [Fact]
    public async Task What_was_held_back_for_a_stop_string_comes_with_the_last_token()
    {
        var whole = (await RunAsync(Greedy(20))).Text;
        var text = await RunAsync(Greedy(20) with { StopStrings = [whole[^4..] + "never"] });
        (text.Text, text.Stream.FinishReason).ShouldBe((whole, FinishReason.Length));
        text.Tokens[^1].Text.Length.ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task A_stop_token_ends_the_text_and_is_no_part_of_it()
    {
        var whole = await RunAsync(Greedy(60));
        var stop = whole.Tokens[20].Id;
        var at = whole.Tokens.ToList().FindIndex(token => token.Id == stop);
        var text = await RunAsync(Greedy(60) with { StopTokens = [stop] });
        text.Tokens.Select(token => token.Id).ShouldBe(whole.Tokens.Take(at + 1).Select(token => token.Id));
        text.Text.ShouldBe(string.Concat(whole.Tokens.Take(at).Select(token => token.Text)));
        (text.Stream.StopToken, text.Stream.StopString).ShouldBe((stop, null));
        (await RunAsync(Greedy(60) with { StopTokens = [stop], IgnoreStopTokens = true })).Text.ShouldBe(whole.Text);
        var later = await RunAsync(Greedy(60) with { StopTokens = [stop], MinNewTokens = at + 1 });
        later.Tokens.Count.ShouldBeGreaterThan(at + 1);
    }

    [Fact]
    public async Task Special_tokens_are_text_only_if_asked_for()
    {
        var bos = tokenizer.BosId!.Value;
        var options = Greedy(3) with { AllowedTokens = [bos] };
        (await RunAsync(options)).Text.ShouldBe("");
        (await RunAsync(options with { SkipSpecialTokens = false })).Text.ShouldBe("<s><s><s>");
    }

    [Fact]
    public async Task Probabilities_of_the_prompt_are_those_of_its_logits()
    {
        var sequence = tokenizer.Encode(
            "Once upon a time there was a dog. It was a good dog, and it liked to play. Yes."
        );
        using var generator = new Generator(model, Device);
        var logits = generator.PromptLogits(sequence).AsFloats().ToArray();
        var vocabulary = model.Config.VocabularySize;
        await using var small = new InferenceEngine(
            model,
            tokenizer,
            Device,
            new EngineOptions { MaxBatchedTokens = 9, MaxSequences = 4 }
        );
        for (var newTokens = 0; newTokens < 2; newTokens++)
        {
            var request = Request(Greedy(newTokens)) with { Prompt = sequence, PromptLogprobs = 3 };
            var text = await CompletedText.ReadAsync(small.Submit(request));
            var told = text.Stream.PromptLogprobs!;
            (told.Count, told[0], text.Stream.CachedTokens).ShouldBe((sequence.Length, null, 0));
            for (var i = 1; i < sequence.Length; i++)
            {
                var row = logits.AsSpan((i - 1) * vocabulary, vocabulary);
                var expected = TokenLogprobs.Of(row, sequence[i], 3);
                told[i]!.Top.ShouldBe(expected.Top, $"token {i}");
                (told[i]! with { Top = expected.Top }).ShouldBe(expected, $"token {i}");
            }
        }

        (await RunAsync(Greedy(1))).Stream.PromptLogprobs.ShouldBeNull();
    }

    [Fact]
    public async Task Several_texts_for_one_prompt_draw_with_seeds_of_their_own()
    {
        var request = Request(new GenerationOptions { MaxNewTokens = 20, Seed = 7 }) with
        {
            Prompt = [.. prompt, .. tokenizer.Encode(new string('a', 90), addSpecialTokens: false)],
        };
        var streams = FanOut.Submit(engine, request, 3);
        var texts = new List<CompletedText>();
        foreach (var stream in streams)
        {
            texts.Add(await CompletedText.ReadAsync(stream));
        }

        streams.Select(stream => stream.Id).ShouldBe(["r-0", "r-1", "r-2"]);
        streams.Skip(1).ShouldAllBe(stream => stream.CachedTokens >= 64);
        texts.Select(text => text.Text).Distinct(StringComparer.Ordinal).Count().ShouldBe(3);
        for (var i = 0; i < 3; i++)
        {
            var alone = request with { Options = request.Options with { Seed = 7 + (ulong)i } };
            (await CompletedText.ReadAsync(engine.Submit(alone))).Text.ShouldBe(texts[i].Text);
        }
    }

    [Fact]
    public async Task Of_several_texts_all_are_taken_or_none()
    {
        await using var small = new InferenceEngine(
            model,
            tokenizer,
            Device,
            new EngineOptions { MaxWaiting = 3, MaxSequences = 1 }
        );
        Should
            .Throw<ArgumentException>(() => FanOut.Submit(small, Request(Greedy(1)), 0))
            .Message.ShouldContain("0 texts");
        Should.Throw<QueueFullException>(() => FanOut.Submit(small, Request(Greedy(200)), 9));
        await small.DrainAsync();
        small.Metrics.Finished(FinishReason.Cancelled).Value.ShouldBeGreaterThanOrEqualTo(3);
        small.Metrics.Finished(FinishReason.Length).Value.ShouldBe(0);
    }

    [Theory]
    [InlineData(Pooling.Mean)]
    [InlineData(Pooling.Last)]
    public async Task Embeddings_are_pooled_hidden_states_of_length_one(Pooling pooling)
    {
        var ids = tokenizer.Encode("The cat sat on the mat, and then it went home to sleep in the big red house.");
        using var tape = new Tensors.Autograd.Tape(Device);
        var states = model.Forward(tape, Batch.FromSequences(ids)).AsFloats().ToArray();
        var size = model.Config.HiddenSize;
        var pooled = Enumerable
            .Range(0, size)
            .Select(column =>
                pooling == Pooling.Last
                    ? states[((ids.Length - 1) * size) + column]
                    : Enumerable.Range(0, ids.Length).Average(row => states[(row * size) + column])
            )
            .ToArray();
        var length = Math.Sqrt(pooled.Sum(x => (double)x * x));
        await using var small = new InferenceEngine(
            model,
            tokenizer,
            Device,
            new EngineOptions { MaxBatchedTokens = 7, MaxSequences = 4 }
        );
        for (var run = 0; run < 2; run++)
        {
            var vector = await small.EmbedAsync(ids, pooling);
            vector.Length.ShouldBe(size);
            for (var i = 0; i < size; i++)
            {
                vector[i].ShouldBe((float)(pooled[i] / length), 1e-5f);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (engine is not null)
        {
            await engine.DisposeAsync();
        }

        model?.Dispose();
    }

    private static GenerationOptions Greedy(int count) => new() { Temperature = 0, MaxNewTokens = count };

    private GenerationRequest Request(GenerationOptions options) =>
        new()
        {
            Id = "r",
            Prompt = prompt,
            Options = options,
        };

    private Task<CompletedText> RunAsync(GenerationOptions options) =>
        CompletedText.ReadAsync(engine.Submit(Request(options)));
}
