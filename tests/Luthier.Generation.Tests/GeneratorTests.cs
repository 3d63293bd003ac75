using System.Numerics.Tensors;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors.Devices;

namespace Luthier.Generation.Tests;

public sealed class GeneratorTests : IDisposable
{
    private static readonly Device Device = TestDevice.Create(threads: 2);

    private readonly Transformer model = RandomWeights.Create(
        ModelConfig.Parse(
            "config.json",
            """
            {"model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 97, "initializer_range": 0.3}
            """u8.ToArray()
        ),
        seed: 5
    );

    private readonly Generator generator;

    public GeneratorTests() => generator = new Generator(model, Device);

    [Fact]
    public void A_stop_token_ends_the_text_and_is_its_last_token()
    {
        var all = generator.Generate([1, 2, 3], Greedy(12)).Tokens;
        var stop = all[4];
        var options = Greedy(12) with { StopTokens = [96, stop] };
        var result = generator.Generate([1, 2, 3], options);
        result.Reason.ShouldBe(FinishReason.Stop);
        result.Tokens.ShouldBe(all.Take(all.ToList().IndexOf(stop) + 1));

        var ignored = generator.Generate([1, 2, 3], options with { IgnoreStopTokens = true });
        ignored.Reason.ShouldBe(FinishReason.Length);
        ignored.Tokens.ShouldBe(all);
    }

    [Fact]
    public void Tokens_are_handed_out_as_they_come()
    {
        var seen = new List<int>();
        var result = generator.Generate([7], Greedy(9), onToken: token => seen.Add(token.Id));
        seen.ShouldBe(result.Tokens);
        result.PromptTime.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public void Equal_seeds_draw_equal_texts_and_others_do_not()
    {
        var options = new GenerationOptions { MaxNewTokens = 30, Seed = 3 };
        var first = generator.Generate([7], options).Tokens;
        generator.Generate([7], options).Tokens.ShouldBe(first);
        generator.Generate([7], options with { Seed = 4 }).Tokens.ShouldNotBe(first);
    }

    [Fact]
    public void Top_k_of_one_is_greedy()
    {
        var greedy = generator.Generate([7], Greedy(20)).Tokens;
        generator
            .Generate(
                [7],
                new GenerationOptions
                {
                    TopK = 1,
                    MaxNewTokens = 20,
                    Seed = 9,
                }
            )
            .Tokens.ShouldBe(greedy);
    }

    [Fact]
    public void Cancelling_keeps_what_was_made()
    {
        using var source = new CancellationTokenSource();
        var seen = 0;
        var result = generator.Generate(
            [7],
            Greedy(50),
            onToken: _ =>
            {
                if (++seen == 3)
                {
                    source.Cancel();
                }
            },
            cancellation: source.Token
        );
        result.Reason.ShouldBe(FinishReason.Cancelled);
        result.Tokens.Count.ShouldBe(3);
    }

    [Fact]
    public void Long_texts_and_prompts_of_several_passes_go_on_as_their_logits_say()
    {
        int[] prompt = [.. Enumerable.Range(0, 2500).Select(i => i * i % 97)];
        var text = generator.Generate(prompt, Greedy(300)).Tokens;
        var logits = generator.PromptLogits([.. prompt, .. text]).AsFloats().ToArray();
        for (var i = 0; i < text.Count; i++)
        {
            var row = logits.AsSpan((prompt.Length + i - 1) * 97, 97);
            row.IndexOf(TensorPrimitives.Max<float>(row)).ShouldBe(text[i]);
        }
    }

    [Fact]
    public void Stop_strings_are_refused_as_there_is_no_text() =>
        Should
            .Throw<ArgumentException>(() => generator.Generate([1], Greedy(1) with { StopStrings = ["a"] }))
            .Message.ShouldContain("stop strings");

    [Fact]
    public void No_new_tokens_is_no_text() => generator.Generate([7], Greedy(0)).Tokens.ShouldBeEmpty();

    [Fact]
    public void Wrong_prompts_and_options_are_named()
    {
        Should.Throw<ArgumentException>(() => generator.Generate([], Greedy(1))).Message.ShouldContain("empty");
        Should.Throw<ArgumentException>(() => generator.Generate([97], Greedy(1))).Message.ShouldContain("token 97");
        var options = new GenerationOptions
        {
            MaxNewTokens = -1,
            Temperature = -1,
            TopP = 0,
            TopK = -1,
            RepetitionPenalty = 0,
        };
        var message = Should.Throw<ArgumentException>(() => generator.Generate([1], options)).Message;
        foreach (var name in (string[])["max new tokens", "temperature", "top-p", "top-k", "repetition penalty"])
        {
            message.ShouldContain(name);
        }
    }

    public void Dispose()
    {
        generator.Dispose();
        model.Dispose();
    }

    private static GenerationOptions Greedy(int count) => new() { Temperature = 0, MaxNewTokens = count };
}
