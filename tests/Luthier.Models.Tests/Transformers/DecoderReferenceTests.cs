using Luthier.Formats.Safetensors;
using Luthier.Models.Checkpoints;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;

namespace Luthier.Models.Tests.Transformers;

/// <summary>Every decoder against the values that Transformers computed, on the instruction set under test.</summary>
public sealed class DecoderReferenceTests
{
    private const float Tolerance = 2e-5f;
    private const float GradientTolerance = 1e-5f;

    public static TheoryData<string> Models { get; } =
    ["llama-tiny", "llama-tiny-bf16", "llama3-tiny", "qwen2-tiny", "mistral-tiny", "gemma2-tiny"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_and_hidden_states_of_one_row_agree(string name) => CheckPadded(name, "single");

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_and_hidden_states_of_rows_padded_right_agree(string name) => CheckPadded(name, "rightpad");

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_of_rows_padded_left_agree(string name) => CheckPadded(name, "leftpad");

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_at_positions_with_gaps_agree(string name) => CheckPadded(name, "gaps");

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_of_a_long_row_agree(string name)
    {
        using var reference = new ReferenceFolder(name);
        using var model = ModelLoader.Load(reference.Path);
        using var tape = new Tape(Compute.Device);
        var ids = reference.Integers("long.input_ids");
        var hidden = model.Forward(tape, Batch.FromPadded(ids, rows: 1));
        var logits = model.Logits(tape, hidden);
        var positions = reference.Json["cases"]["long"]["positions"].Items().Select(item => item.AsInt32()).ToArray();
        for (var i = 0; i < positions.Length; i++)
        {
            Row(logits.ToFloats(), positions[i], logits.Columns)
                .ShouldBeWithin(Tolerance, Row(reference.Floats("long.logits_at"), i, logits.Columns));
            Row(hidden.ToFloats(), positions[i], hidden.Columns)
                .ShouldBeWithin(Tolerance, Row(reference.Floats("long.last_hidden_at"), i, hidden.Columns));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Loss_and_all_gradients_agree(string name)
    {
        using var reference = new ReferenceFolder(name);
        using var expected = SafetensorsFile.Open(reference["grads.safetensors"]);
        using var model = ModelLoader.Load(reference.Path, new LoadOptions { Writable = true });
        using var tape = new Tape(Compute.Device) { Recording = true };
        model.SetTrainable(true);
        CheckLossAndGradients(reference, expected, model, tape);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Gradients_agree_when_layers_are_computed_again(string name)
    {
        using var reference = new ReferenceFolder(name);
        using var expected = SafetensorsFile.Open(reference["grads.safetensors"]);
        using var model = ModelLoader.Load(reference.Path, new LoadOptions { Writable = true });
        using var tape = new Tape(Compute.Device) { Recording = true };
        model.SetTrainable(true);
        model.GradientCheckpointing = true;
        CheckLossAndGradients(reference, expected, model, tape);
    }

    private static void CheckPadded(string name, string @case)
    {
        using var reference = new ReferenceFolder(name);
        using var model = ModelLoader.Load(reference.Path);
        using var tape = new Tape(Compute.Device);
        var mask = Optional(reference, $"{@case}.attention_mask");
        var batch = Batch.FromPadded(
            reference.Integers($"{@case}.input_ids"),
            reference.Shape($"{@case}.input_ids")[0],
            mask,
            Optional(reference, $"{@case}.position_ids")
        );
        var states = new List<float[]>();
        var hidden = model.Forward(tape, batch, onHiddenState: (_, x) => states.Add(batch.Scatter(x).ToFloats()));
        var logits = batch.Scatter(model.Logits(tape, hidden)).ToFloats();
        Numbers
            .LargestDifference(logits, reference.Floats($"{@case}.logits"), mask)
            .ShouldBeLessThanOrEqualTo(Tolerance);
        states.Count.ShouldBe(model.Config.Layers + 1);
        for (var i = 0; i < states.Count && reference.Has($"{@case}.hidden.{i}"); i++)
        {
            Numbers
                .LargestDifference(states[i], reference.Floats($"{@case}.hidden.{i}"), mask)
                .ShouldBeLessThanOrEqualTo(Tolerance, $"hidden state {i}");
        }
    }

    private static void CheckLossAndGradients(
        ReferenceFolder reference,
        SafetensorsFile expected,
        Transformer model,
        Tape tape
    )
    {
        var batch = Batch.FromPadded(
            reference.Integers("rightpad.input_ids"),
            rows: 2,
            reference.Integers("rightpad.attention_mask")
        );
        var labels = batch.Gather(reference.Integers("loss.labels"));
        var count = batch.NextLabels(labels).Count(label => label >= 0);
        var loss = model.Loss(tape, batch, labels, 1f / count);
        tape.Backward();

        var json = reference.Json["cases"]["loss"];
        loss.Count.ShouldBe(count);
        loss.Mean.ShouldBe(json["loss"].AsDouble(), 1e-5);
        var squares = 0.0;
        foreach (var (name, tensor) in model.Parameters)
        {
            tensor.Gradient.ShouldNotBeNull(name);
            Numbers
                .LargestDifference(tensor.Gradient.ToFloats(), expected.Get(name).ToFloats())
                .ShouldBeLessThanOrEqualTo(GradientTolerance, name);
            squares += Compute.Device.SumOfSquares(tensor.Gradient);
        }

        model.Parameters.Count().ShouldBe(expected.Tensors.Count);
        Math.Sqrt(squares).ShouldBe(json["grad_norm_total"].AsDouble(), 1e-5);
    }

    private static int[]? Optional(ReferenceFolder reference, string name) =>
        reference.Has(name) ? reference.Integers(name) : null;

    private static float[] Row(float[] values, int row, int columns) => values[(row * columns)..((row + 1) * columns)];
}
