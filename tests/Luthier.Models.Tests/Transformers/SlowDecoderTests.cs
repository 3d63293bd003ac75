using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;

namespace Luthier.Models.Tests.Transformers;

/// <summary>Options that no stored reference has, against a decoder that is written independently.</summary>
public sealed class SlowDecoderTests
{
    private const int Count = 11;

    public static TheoryData<string, string> Variants { get; } =
        new()
        {
            { "qwen3", "" },
            { "qwen3", "\"tie_word_embeddings\": true, \"attention_bias\": true, \"rope_theta\": 1000000.0" },
            { "qwen3", "\"use_sliding_window\": true, \"sliding_window\": 5, \"max_window_layers\": 1" },
            { "llama", "\"attention_bias\": true, \"mlp_bias\": true, \"hidden_act\": \"gelu_new\"" },
            { "llama", "\"rms_norm_eps\": 0.1" },
            { "mistral", "\"sliding_window\": 4" },
            { "mistral", "\"sliding_window\": null, \"head_dim\": 12" },
            { "qwen2", "\"use_sliding_window\": true, \"sliding_window\": 7, \"max_window_layers\": 2" },
            { "gemma2", "\"sliding_window\": 6, \"attn_logit_softcapping\": 0.7, \"final_logit_softcapping\": 2.0" },
            { "gemma2", "\"query_pre_attn_scalar\": 10, \"tie_word_embeddings\": false" },
        };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Logits_agree(string type, string fields)
    {
        using var model = TestModels.Random(type, fields);
        using var tape = new Tape(Compute.Device);
        var tokens = TestModels.Tokens(Count);
        var logits = model.Logits(tape, model.Forward(tape, Batch.FromSequences(tokens))).ToFloats();
        var expected = new SlowDecoder(model).Logits(tokens).SelectMany(row => row.Select(x => (float)x)).ToArray();
        expected.Max().ShouldBeGreaterThan(0.5f);
        logits.ShouldBeWithin(2e-5f, expected);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Loss_and_gradients_agree(string type, string fields)
    {
        using var model = TestModels.Random(type, fields);
        using var tape = new Tape(Compute.Device) { Recording = true };
        model.SetTrainable(true);
        var tokens = TestModels.Tokens(Count);
        var loss = model.Loss(tape, Batch.FromSequences(tokens), tokens);
        tape.Backward();
        var slow = new SlowDecoder(model);
        loss.Sum.ShouldBe(slow.Loss(tokens), 1e-4);
        var generator = new SeededGenerator(3);
        foreach (var (name, tensor) in model.Parameters)
        {
            var rows = tensor.Rank == 1 ? 1 : tensor.Rows;
            var (row, column) = (
                (int)(generator.NextUniform() * rows),
                (int)(generator.NextUniform() * tensor.Columns)
            );
            var expected = Slope(slow, name, row, column, tokens);
            var actual = tensor.Gradient!.AsFloats()[(row * tensor.Columns) + column];
            ((double)actual).ShouldBe(expected, 1e-4 * Math.Max(1, Math.Abs(expected)), name);
        }
    }

    private static double Slope(SlowDecoder slow, string name, int row, int column, int[] tokens)
    {
        const double step = 1e-5;
        slow.Nudge(name, row, column, step);
        var above = slow.Loss(tokens);
        slow.Nudge(name, row, column, -2 * step);
        var below = slow.Loss(tokens);
        slow.Nudge(name, row, column, step);
        return (above - below) / (2 * step);
    }
}
