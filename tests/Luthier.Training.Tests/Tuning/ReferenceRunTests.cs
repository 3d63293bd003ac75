using Luthier.Formats.TensorBoard;
using Luthier.Models.Checkpoints;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
using Luthier.Training.Tests.Fixtures;

namespace Luthier.Training.Tests.Tuning;

/// <summary>The three runs whose losses, gradient norms and results Transformers and PEFT gave.</summary>
public sealed class ReferenceRunTests : IDisposable
{
    private readonly TuneHarness harness = new();

    public void Dispose() => harness.Dispose();

    [Fact]
    public void LoraIsThatOfPeft()
    {
        harness.Run(
            "out",
            ("learning-rate", 3e-4),
            ("no-shuffle", true),
            ("max-grad-norm", 0),
            ("lora-init", Path.Combine(harness.Reference.Folder, "adapter_init"))
        );

        CheckLog("lora");
        Numbers.WeightsShouldBeWithin(Adapter("out"), 1e-5, Adapter("adapter_final", harness.Reference.Folder));
        CheckLogits("lora");
    }

    [Fact]
    public void TheRecipeWithMasksDecayClippingAndCosineIsThatOfPeft()
    {
        harness.Reference.WriteRows(harness["masked.jsonl"], masked: true);
        harness.Run(
            "out",
            ("data-path", "OUT/masked.jsonl"),
            ("learning-rate", 5e-3),
            ("lr-scheduler-type", "cosine"),
            ("warmup-steps", 4),
            ("weight-decay", 0.01),
            ("max-grad-norm", 0.5),
            ("no-shuffle", true),
            ("lora-init", Path.Combine(harness.Reference.Folder, "adapter_init", "adapter_model.safetensors"))
        );

        CheckLog("recipe");
        Numbers.WeightsShouldBeWithin(Adapter("out"), 1e-5, Adapter("adapter_final_recipe", harness.Reference.Folder));
        CheckLogits("recipe");
    }

    [Fact]
    public void FullTuningIsThatOfTransformers()
    {
        harness.Run("out", ("method", "full"), ("learning-rate", 3e-4), ("no-shuffle", true), ("max-grad-norm", 0));

        CheckLog("full");
        Numbers.WeightsShouldBeWithin(harness["out"], 1e-4, Path.Combine(harness.Reference.Folder, "full_final"));
        using var model = ModelLoader.Load(harness["out"]);
        Logits(model).ShouldBeWithin(2e-5, harness.Reference.Floats("full.logits"));
    }

    [Fact]
    public void EventsHoldTheSameValuesAsTheLog()
    {
        harness.Run("out", ("max-steps", 3));

        var file = Directory.GetFiles(harness["out"], "events.out.tfevents.*", SearchOption.AllDirectories).Single();
        var losses = EventFileReader.Read(file).Where(e => e.Tag is "train/loss").ToList();
        losses.Select(e => e.Step).ShouldBe([1, 2, 3]);
        losses.Select(e => (double)e.Value).ToArray().ShouldBeWithin(1e-6, harness.Logged("out", "loss"));
        EventFileReader.Read(file).Count(e => e.Tag is "train/grad_norm").ShouldBe(3);
    }

    private void CheckLog(string run)
    {
        harness.Logged("out", "loss").ShouldBeWithin(1e-5, harness.Reference.Values(run, "loss"));
        harness.Logged("out", "grad_norm").ShouldBeWithin(1e-5, harness.Reference.Values(run, "grad_norm"));
        harness.Logged("out", "learning_rate").ShouldBeWithin(1e-15, harness.Reference.Values(run, "lr"));
    }

    private void CheckLogits(string run)
    {
        using var model = ModelLoader.Load(harness.Reference.BaseModel, new LoadOptions { Writable = true });
        var adapter = Models.Adapters.Adapter.Load(model, harness["out"]);
        Logits(model).ShouldBeWithin(2e-5, harness.Reference.Floats($"{run}.adapter_logits"));
        adapter.Merge();
        Logits(model).ShouldBeWithin(2e-5, harness.Reference.Floats($"{run}.merged_logits"));
    }

    private float[] Logits(Transformer model)
    {
        using var tape = new Tape(TuneHarness.Device);
        var batch = Batch.FromPadded(harness.Reference.Integers("probe.input_ids"), rows: 2);
        return model.Logits(tape, model.Forward(tape, batch)).AsFloats().ToArray();
    }

    private string Adapter(string name, string? folder = null) =>
        Path.Combine(folder is null ? harness[name] : Path.Combine(folder, name), "adapter_model.safetensors");
}
