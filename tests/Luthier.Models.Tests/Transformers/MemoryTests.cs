using Luthier.Models.Adapters;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;

namespace Luthier.Models.Tests.Transformers;

/// <summary>How much scratch memory a pass holds at its peak; sizes are exact, so that nothing is held in vain.</summary>
public sealed class MemoryTests
{
    private const int Tokens = 64;
    private const string Deep = "\"num_hidden_layers\": 8";

    [Fact]
    public void Inference_holds_no_more_with_more_layers() =>
        Peak("\"num_hidden_layers\": 8", Train.Nothing).ShouldBe(Peak("\"num_hidden_layers\": 1", Train.Nothing));

    [Fact]
    public void Computing_layers_again_holds_little_more_than_each_layers_input()
    {
        var kept = Peak(Deep, Train.Everything);
        var again = Peak(Deep, Train.Everything, checkpointing: true);
        var input = Tokens * 24L * sizeof(float);
        again.ShouldBeLessThan(kept / 2);
        (again - Peak("\"num_hidden_layers\": 1", Train.Everything, checkpointing: true)).ShouldBe(7 * input);
    }

    [Fact]
    public void An_adapter_on_two_projections_holds_less_than_full_training() =>
        Peak(Deep, Train.Adapter).ShouldBeLessThan(Peak(Deep, Train.Everything));

    [Theory]
    [InlineData(Train.Everything)]
    [InlineData(Train.Adapter)]
    public void The_backward_pass_gives_everything_back_but_what_lies_before_the_first_gradient(Train train)
    {
        using var model = TestModels.Random("llama", Deep);
        using var tape = new Tape(Compute.Device) { Recording = true };
        Prepare(model, train);
        var few = Used(model, tape);
        using var shallow = TestModels.Random("llama", "\"num_hidden_layers\": 2");
        Prepare(shallow, train);
        Used(shallow, tape).ShouldBe(few);
    }

    private static long Used(Transformer model, Tape tape)
    {
        tape.Reset();
        var tokens = TestModels.Tokens(Tokens);
        model.Loss(tape, Batch.FromSequences(tokens), tokens);
        tape.Backward();
        return tape.UsedBytes;
    }

    private static long Peak(string fields, Train train, bool checkpointing = false)
    {
        using var model = TestModels.Random("llama", fields);
        using var tape = new Tape(Compute.Device) { Recording = train != Train.Nothing };
        Prepare(model, train);
        model.GradientCheckpointing = checkpointing;
        var tokens = TestModels.Tokens(Tokens);
        model.Loss(tape, Batch.FromSequences(tokens), tokens);
        tape.Backward();
        return tape.PeakBytes;
    }

    private static void Prepare(Transformer model, Train train)
    {
        if (train == Train.Adapter)
        {
            Adapter.Create(model, new LoraConfig { Rank = 2 }, seed: 1);
        }

        model.SetTrainable(train == Train.Everything);
    }

    public enum Train
    {
        Nothing = 0,
        Adapter,
        Everything,
    }
}
