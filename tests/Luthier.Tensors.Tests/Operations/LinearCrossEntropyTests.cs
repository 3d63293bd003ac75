using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class LinearCrossEntropyTests
{
    [Theory]
    [InlineData(0f)]
    [InlineData(1.5f)]
    public void Gradients_are_slopes(float softcap)
    {
        int[] labels = [2, LinearCrossEntropy.Ignored, 0, 6];
        var hidden = Sample.Normal(1, 4, 3);
        var weight = Sample.Normal(2, 7, 3);
        hidden.NeedsGradient = weight.NeedsGradient = true;
        hidden.IsParameter = weight.IsParameter = true;
        using var device = new ReferenceDevice();
        using var tape = new Tape(device) { Recording = true };
        LinearCrossEntropy.Apply(tape, hidden, weight, labels, softcap, 0.25f);
        tape.Recording = false;
        FiniteDifferences.CheckElements(Loss, hidden, hidden.Gradient!.Values(), 3e-4);
        FiniteDifferences.CheckElements(Loss, weight, weight.Gradient!.Values(), 3e-4);

        double Loss()
        {
            var sum = 0.0;
            foreach (var loss in LinearCrossEntropy.Apply(tape, hidden, weight, labels, softcap, 0.25f))
            {
                sum += 0.25 * loss;
            }

            return sum;
        }
    }

    [Theory]
    [InlineData(1, 3, 5, DType.Float32, 0f, MatMulPrecision.Float32)]
    [InlineData(9, 20, 300, DType.Float32, 2f, MatMulPrecision.Float32)]
    [InlineData(40, 16, 1001, DType.BFloat16, 0f, MatMulPrecision.Float32)]
    [InlineData(40, 16, 1001, DType.Float16, 0f, MatMulPrecision.Float32)]
    [InlineData(21, 32, 123, DType.Float32, 0f, MatMulPrecision.BFloat16)]
    public void Kernels_agree_with_the_reference(
        int rows,
        int d,
        int vocabulary,
        DType type,
        float softcap,
        MatMulPrecision precision
    )
    {
        var hidden = Sample.Normal(1, rows, d);
        var weight = Sample.Normal(2, vocabulary, d).As(type);
        var dHidden = Sample.Normal(3, rows, d);
        var dWeight = Sample.Normal(4, vocabulary, d);
        var losses = Tensor.Create(DType.Float32, rows);
        var labels = Sample.Ids(5, rows, vocabulary);
        for (var i = 0; i < rows; i += 4)
        {
            labels[i] = LinearCrossEntropy.Ignored;
        }

        // Only paths with bfloat16 products round operands, and gradients may fall on the other side of a tie.
        var tolerance = precision == MatMulPrecision.Float32 ? 1e-5 : 2e-2;
        foreach (var accumulate in (bool[])[false, true])
        {
            Against.Reference(Run(dHidden, accumulate, dWeight), tolerance, losses, dHidden, dWeight);
        }

        Against.Reference(Run(null, false, dWeight), tolerance, losses, dWeight);
        Against.Reference(Run(dHidden, false, null), tolerance, losses, dHidden);
        Against.Reference(Run(null, false, null), tolerance, losses);

        Action<Device> Run(Tensor? gradient, bool accumulate, Tensor? weightGradient) =>
            device =>
            {
                // Several chunks, the last of another size.
                if (device is CpuDevice cpu)
                {
                    cpu.LogitsBytes = 7L * vocabulary * sizeof(float);
                }

                device.LinearCrossEntropy(
                    hidden,
                    weight,
                    labels,
                    softcap,
                    0.5f,
                    losses.AsFloats(),
                    gradient,
                    accumulate,
                    weightGradient,
                    accumulate,
                    precision
                );
            };
    }

    [Fact]
    public void Large_logits_do_not_overflow()
    {
        var hidden = Sample.Scaled(1, 300, 6, 8);
        var weight = Sample.Scaled(2, 30, 50, 8);
        var losses = Tensor.Create(DType.Float32, 6);
        var labels = Sample.Ids(5, 6, 50);
        Against.Reference(
            t =>
                t.LinearCrossEntropy(
                    hidden,
                    weight,
                    labels,
                    0,
                    1,
                    losses.AsFloats(),
                    null,
                    false,
                    null,
                    false,
                    MatMulPrecision.Float32
                ),
            1e-5,
            losses
        );
        losses.Values().ShouldAllBe(loss => float.IsFinite(loss));
    }

    [Fact]
    public void A_label_outside_the_vocabulary_is_refused()
    {
        using var device = TestDevice.Create(1);
        using var tape = new Tape(device);
        foreach (var label in (int[])[-1, 7])
        {
            Should
                .Throw<ArgumentOutOfRangeException>(() =>
                    LinearCrossEntropy.Apply(tape, Sample.Normal(1, 1, 3), Sample.Normal(2, 7, 3), [label], 0, 1)
                )
                .Message.ShouldContain("vocabulary 0..6");
        }
    }
}
