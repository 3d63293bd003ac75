using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Autograd;

public sealed class TapeTests
{
    private static readonly int[] Ids = Sample.Ids(1, 12, 23);
    private static readonly int[] Labels = Sample.Ids(2, 12, 23);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_of_a_model_are_slopes(bool trained)
    {
        var model = new SmallModel(2, 0.2f, trained);
        using var device = new ReferenceDevice();
        using var tape = new Tape(device);
        model.Step(tape, Ids, Labels, checkpoints: false);
        foreach (var parameter in model.Parameters)
        {
            var gradient = parameter.Gradient!.Values();
            var index = gradient.Length / 2;
            var slope = Slope(
                () => model.Step(tape, Ids, Labels, checkpoints: false) / Labels.Length,
                parameter,
                index
            );
            ((double)gradient[index]).ShouldBe(slope, 3e-4);
        }
    }

    [Theory]
    [InlineData(0f, false)]
    [InlineData(0.3f, false)]
    [InlineData(0.3f, true)]
    public void Checkpoints_change_no_bit(float dropout, bool trained)
    {
        var model = new SmallModel(3, dropout, trained);
        using var device = TestDevice.Create(2);
        using var tape = new Tape(device);
        var loss = model.Step(tape, Ids, Labels, checkpoints: false);
        var expected = model.Parameters.ConvertAll(p => p.Gradient!.Values());
        model.Step(tape, Ids, Labels, checkpoints: true).ShouldBe(loss);
        for (var i = 0; i < expected.Count; i++)
        {
            model.Parameters[i].Gradient!.Values().ShouldBe(expected[i]);
        }
    }

    [Fact]
    public void Dropout_follows_the_seed()
    {
        var model = new SmallModel(1, 0.3f, trained: false);
        using var device = TestDevice.Create(1);
        using var tape = new Tape(device);
        var loss = model.Step(tape, Ids, Labels, checkpoints: false, seed: 1);
        model.Step(tape, Ids, Labels, checkpoints: false, seed: 2).ShouldNotBe(loss);
        model.Step(tape, Ids, Labels, checkpoints: false, seed: 1).ShouldBe(loss);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Steps_after_the_first_reserve_nothing_and_leak_nothing(bool checkpoints)
    {
        var model = new SmallModel(3, 0.1f, trained: true);
        using var device = TestDevice.Create(1);
        using var tape = new Tape(device);
        var ids = Sample.Ids(1, 400, 23);
        model.Step(tape, ids, ids, checkpoints);
        var reserved = tape.ReservedBytes;
        for (var i = 0; i < 3; i++)
        {
            model.Step(tape, ids, ids, checkpoints);
            tape.ReservedBytes.ShouldBe(reserved);
        }

        // Without the reset at the start of a step, what a step leaves behind would add up.
        tape.UsedBytes.ShouldBe(0);
    }

    [Fact]
    public void Checkpoints_save_memory()
    {
        var model = new SmallModel(6, 0, trained: false);
        using var device = TestDevice.Create(1);
        var ids = Sample.Ids(1, 800, 23);
        var peaks = new long[2];
        foreach (var checkpoints in (bool[])[false, true])
        {
            using var tape = new Tape(device);
            model.Step(tape, ids, ids, checkpoints);
            peaks[checkpoints ? 1 : 0] = tape.PeakBytes;
        }

        peaks[1].ShouldBeLessThan(peaks[0] / 2);
    }

    [Fact]
    public void A_gradient_that_two_tensors_share_is_copied_before_it_changes()
    {
        // y = x + f(x), z = y + g(y) with x read again at the end: every gradient here is shared at some time.
        var a = Sample.Normal(1, 3, 4);
        var weight = Sample.Normal(2, 4);
        FiniteDifferences.Check(
            tape =>
            {
                var x = RmsNorm.Apply(tape, a, weight, 1e-5f);
                var y = Residual.Apply(tape, x, RmsNorm.Apply(tape, x, weight, 1e-5f));
                var z = Residual.Apply(tape, y, RmsNorm.Apply(tape, y, weight, 1e-5f));
                return Residual.Apply(tape, x, Residual.Apply(tape, y, RmsNorm.Apply(tape, z, weight, 1e-5f)));
            },
            [a, weight]
        );
    }

    [Fact]
    public void Rotation_of_a_shared_gradient_leaves_the_other_holder_alone()
    {
        var a = Sample.Normal(1, 2, 4);
        var b = Sample.Normal(2, 2, 4);
        var weight = Sample.Normal(3, 4);
        var cos = Tensor.FromValues([0.6f, 0.8f, 0.28f, 1], 2, 2);
        var sin = Tensor.FromValues([0.8f, 0.6f, 0.96f, 0], 2, 2);
        FiniteDifferences.Check(
            tape =>
            {
                var x = RmsNorm.Apply(tape, a, weight, 1e-5f);
                var y = RmsNorm.Apply(tape, b, weight, 1e-5f);
                Rope.Apply(tape, x, cos, sin);
                return Residual.Apply(tape, x, y);
            },
            [a, b, weight]
        );
    }

    [Fact]
    public void A_tensor_that_two_operations_read_keeps_its_values_to_the_end()
    {
        // Both gated units read g, and one also takes it for its other factor.
        var a = Sample.Normal(1, 3, 4);
        var b = Sample.Normal(2, 3, 4);
        var weight = Sample.Normal(3, 4);
        FiniteDifferences.Check(
            tape =>
            {
                var g = RmsNorm.Apply(tape, a, weight, 1e-5f);
                var u = RmsNorm.Apply(tape, b, weight, 1e-5f);
                var first = Gated.Apply(tape, Activation.Silu, g, u);
                var second = Gated.Apply(tape, Activation.GeluTanh, u, g);
                var third = Gated.Apply(tape, Activation.Silu, g, null);
                return Residual.Apply(tape, first, Residual.Apply(tape, second, third));
            },
            [a, b, weight]
        );
    }

    [Fact]
    public void A_block_that_fails_leaves_the_tape_usable()
    {
        var model = new SmallModel(1, 0, trained: true);
        using var device = TestDevice.Create(1);
        using var tape = new Tape(device);
        var loss = model.Step(tape, Ids, Labels, checkpoints: true);
        tape.Recording = true;
        Should.Throw<InvalidDataException>(() =>
            tape.Checkpoint(Sample.Normal(1, 2), _ => throw new InvalidDataException())
        );
        model.Step(tape, Ids, Labels, checkpoints: true).ShouldBe(loss);
    }

    private static double Slope(Func<double> loss, Tensor parameter, int index)
    {
        const float step = 1f / 160;
        var old = parameter.AsFloats()[index];
        double At(float value)
        {
            parameter.AsFloats()[index] = value;
            return loss();
        }

        var slope =
            ((8 * (At(old + step) - At(old - step))) - (At(old + (2 * step)) - At(old - (2 * step)))) / (12 * step);
        parameter.AsFloats()[index] = old;
        return slope;
    }
}
