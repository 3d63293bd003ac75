using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Quantization;

public sealed class QuantizedOperandTests
{
    public static TheoryData<DType> Types => [.. PlainBlocks.Types];

    [Theory]
    [MemberData(nameof(Types))]
    public void Products_with_a_quantized_weight_agree_with_the_reference(DType type)
    {
        foreach (var rows in (ReadOnlySpan<int>)[1, 3, 40])
        {
            var x = Sample.Scaled(1, 0.05f, rows, 512);
            var weight = Sample.Normal(2, 70, 512).As(type);
            var y = Sample.Normal(3, rows, 70);
            Against.Reference(t => t.MatMul(x, false, weight, true, y), 2e-5, y);
            Against.Reference(t => t.MatMul(x, false, weight, true, y, 0.5f, accumulate: true), 2e-5, y);

            var dY = Sample.Scaled(4, 0.05f, rows, 70);
            var dX = Sample.Normal(5, rows, 512);
            Against.Reference(t => t.MatMul(dY, false, weight, false, dX), 2e-5, dX);
            Against.Reference(t => t.MatMul(dY, false, weight, false, dX, 2, accumulate: true), 2e-5, dX);
        }
    }

    [Fact]
    public void A_large_weight_is_dequantized_in_parts()
    {
        // 2500 rows of 1024 float32 are more than one part.
        var x = Sample.Scaled(1, 0.02f, 2, 1024);
        var weight = Sample.Scaled(2, 0.1f, 2500, 1024).As(DType.Q8_0);
        var plain = weight.As(DType.Float32);
        using var device = TestDevice.Create();
        var (y, expected) = (Tensor.Create(DType.Float32, 2, 2500), Tensor.Create(DType.Float32, 2, 2500));
        device.MatMul(x, false, weight, true, y);
        device.MatMul(x, false, plain, true, expected);
        Against.Close(y.Values(), expected.Values(), 1e-5);
        var (dX, expectedX) = (Sample.Normal(3, 2, 1024), Sample.Normal(3, 2, 1024));
        device.MatMul(y, false, weight, false, dX, accumulate: true);
        device.MatMul(y, false, plain, false, expectedX, accumulate: true);
        Against.Close(dX.Values(), expectedX.Values(), 1e-5);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Embeddings_are_rows_of_a_quantized_table(DType type)
    {
        var table = Sample.Normal(1, 20, 256).As(type);
        var ids = Sample.Ids(2, 9, 20);
        var y = Tensor.Create(DType.Float32, 9, 256);
        Against.Reference(t => t.Embedding(ids, table, y, 2), 0, y);
        y.Slice(0, 1).AsFloats()[5].ShouldBe(2 * table.As(DType.Float32).Values()[(ids[0] * 256) + 5]);
    }

    [Fact]
    public void Losses_are_those_of_the_dequantized_head()
    {
        var hidden = Sample.Scaled(1, 0.2f, 30, 64);
        var weight = Sample.Normal(2, 100, 64).As(DType.Q4_0);
        var labels = Sample.Ids(3, 30, 100);
        labels[4] = LinearCrossEntropy.Ignored;
        var losses = Tensor.Create(DType.Float32, 30);
        var dHidden = Tensor.Create(DType.Float32, 30, 64);
        Against.Reference(
            t =>
                t.LinearCrossEntropy(
                    hidden,
                    weight,
                    labels,
                    0,
                    1,
                    losses.AsFloats(),
                    dHidden,
                    false,
                    null,
                    false,
                    MatMulPrecision.Float32
                ),
            1e-5,
            losses,
            dHidden
        );
    }

    [Fact]
    public void Only_the_right_operand_may_be_quantized()
    {
        using var device = TestDevice.Create(1);
        var quantized = Tensor.Create(DType.Q8_0, 2, 32);
        var plain = Tensor.Create(DType.Float32, 3, 32);
        Should.Throw<ArgumentException>(() =>
            device.MatMul(quantized, false, plain, true, Tensor.Create(DType.Float32, 2, 3))
        );
    }
}
