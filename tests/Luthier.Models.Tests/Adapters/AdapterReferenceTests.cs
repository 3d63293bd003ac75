using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;

namespace Luthier.Models.Tests.Adapters;

/// <summary>Adapters against the values that PEFT computed.</summary>
public sealed class AdapterReferenceTests
{
    private const float Tolerance = 2e-5f;

    [Theory]
    [InlineData("adapter_final", "lora")]
    [InlineData("adapter_final_recipe", "recipe")]
    public void Logits_with_an_adapter_and_merged_agree(string folder, string run)
    {
        using var reference = new ReferenceFolder("lora-train");
        using var model = ModelLoader.Load(TestData.Shared("fixtures/llama-tiny"));
        var adapter = Adapter.Load(model, reference[folder]);
        Logits(model, reference).ShouldBeWithin(Tolerance, reference.Floats($"{run}.adapter_logits"));

        adapter.Detach();
        Logits(model, reference).ShouldBeWithin(Tolerance, reference.Floats("base.logits"));

        adapter.Merge();
        Logits(model, reference).ShouldBeWithin(Tolerance, reference.Floats($"{run}.merged_logits"));
    }

    [Fact]
    public void Gradients_of_the_first_step_agree()
    {
        using var reference = new ReferenceFolder("lora-train");
        using var model = ModelLoader.Load(TestData.Shared("fixtures/llama-tiny"));
        using var tape = new Tape(Compute.Device) { Recording = true, Training = true };
        var adapter = Adapter.Load(model, reference["adapter_init"]);
        adapter.SetTrainable(true);
        var (steps, rows) = (reference.Shape("batches")[0], reference.Shape("batches")[1]);
        var ids = reference.Integers("batches");
        var batch = Batch.FromPadded(ids.AsSpan(0, ids.Length / steps), rows);
        var loss = model.Loss(tape, batch, batch.Tokens, 1f / (batch.Count - rows));
        tape.Backward();

        loss.Mean.ShouldBe(reference.Json["runs"]["lora"]["loss"].Items().First().AsDouble(), 1e-5);
        foreach (var (name, tensor) in adapter.Parameters)
        {
            tensor.Gradient.ShouldNotBeNull(name);
            tensor.Gradient.ToFloats().ShouldBeWithin(1e-5f, reference.Floats($"grad0.{name}"));
        }

        model.Parameters.ShouldAllBe(parameter => parameter.Tensor.Gradient == null);
    }

    private static float[] Logits(Transformer model, ReferenceFolder reference)
    {
        using var tape = new Tape(Compute.Device);
        var batch = Batch.FromPadded(reference.Integers("probe.input_ids"), reference.Shape("probe.input_ids")[0]);
        return model.Logits(tape, model.Forward(tape, batch)).ToFloats();
    }
}
