using Luthier.Tensors.Devices;
using Luthier.Tensors.Matrices;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Matrices;

public sealed class PackedWeightTests : IDisposable
{
    private const int Rows = 40;
    private const int Inputs = 70;
    private const int Outputs = 90;

    private readonly CpuDevice device = new(threads: 2, TestDevice.Isa);
    private readonly Tensor x = Sample.Normal(1, Rows, Inputs);
    private readonly Tensor weight = Sample.Normal(2, Outputs, Inputs);

    public PackedWeightTests() => weight.IsParameter = true;

    public void Dispose() => device.Dispose();

    [Theory]
    [InlineData(MatMulPrecision.Float32)]
    [InlineData(MatMulPrecision.BFloat16)]
    public void A_frozen_weight_is_packed_at_its_second_use_and_gives_the_same_bits(MatMulPrecision precision)
    {
        var first = Multiply(precision);
        device.PackedWeightBytes.ShouldBe(0);
        var second = Multiply(precision);
        var bytes = device.PackedWeightBytes;
        bytes.ShouldBeGreaterThan(0);
        Multiply(precision).ShouldBe(first);
        second.ShouldBe(first);
        device.PackedWeightBytes.ShouldBe(bytes);
    }

    [Fact]
    public void A_changed_weight_is_packed_again()
    {
        Multiply();
        Multiply();
        weight.AsFloats().Clear();
        Multiply().ShouldAllBe(value => value == 0);
        Multiply().ShouldAllBe(value => value == 0);
        Conversion.Copy(Sample.Normal(3, Outputs, Inputs), weight);
        Multiply().ShouldContain(value => value != 0);
    }

    [Fact]
    public void A_trained_weight_is_not_packed()
    {
        Multiply();
        Multiply();
        weight.NeedsGradient = true;
        Multiply();
        Multiply();
        weight.DeviceState.ShouldBeNull();
    }

    [Fact]
    public void The_budget_holds_and_is_free_again_when_a_weight_goes()
    {
        Multiply();
        Multiply();
        var bytes = device.PackedWeightBytes;
        device.PackedWeightBudgetBytes = bytes;
        var other = Sample.Normal(4, Outputs, Inputs);
        other.IsParameter = true;
        for (var i = 0; i < 3; i++)
        {
            Multiply(other);
        }

        device.PackedWeightBytes.ShouldBe(bytes);
        weight.DropDeviceState();
        Multiply(other);
        device.PackedWeightBytes.ShouldBe(bytes);
        Multiply();
        Multiply();
        device.PackedWeightBytes.ShouldBe(bytes);
    }

    [Fact]
    public void A_device_without_budget_packs_nothing()
    {
        device.PackedWeightBudgetBytes = 0;
        Multiply();
        Multiply();
        weight.DeviceState.ShouldBeNull();
    }

    [Theory]
    [InlineData(MatMulPrecision.Float32, false)]
    [InlineData(MatMulPrecision.Float32, true)]
    [InlineData(MatMulPrecision.BFloat16, false)]
    [InlineData(MatMulPrecision.BFloat16, true)]
    public unsafe void A_packed_matrix_multiplies_as_the_matrix_itself(MatMulPrecision precision, bool alone)
    {
        const int k = 1100;
        foreach (var m in new[] { 15, 230 })
        {
            var a = Sample.Normal(5, m, k);
            var b = Sample.Normal(6, k, 130);
            var c = Sample.Normal(7, m, 130);
            var expected = c.Copy();
            device.Matrices.Multiply(MatrixView.Of(a), MatrixView.Of(b), expected.Float32, 130, 0.5f, true, precision);
            using var packed = device.Matrices.Pack(MatrixView.Of(b), precision);
            if (alone)
            {
                device.Matrices.MultiplyAlone(1, MatrixView.Of(a), packed, c.Float32, 130, 0.5f, accumulate: true);
            }
            else
            {
                device.Matrices.Multiply(MatrixView.Of(a), packed, c.Float32, 130, 0.5f, accumulate: true);
            }

            c.Values().ShouldBe(expected.Values());
            GC.KeepAlive(a);
            GC.KeepAlive(b);
        }
    }

    [Fact]
    public unsafe void Members_multiply_side_by_side()
    {
        var a = Sample.Normal(8, 100, 300);
        var b = Sample.Normal(9, 300, 64);
        var expected = Tensor.Create(DType.Float32, 100, 64);
        device.MatMul(a, false, b, false, expected);
        var results = new[] { Tensor.Create(DType.Float32, 100, 64), Tensor.Create(DType.Float32, 100, 64) };
        device.Team.Run(member =>
        {
            for (var i = 0; i < 20; i++)
            {
                device.Matrices.MultiplyAlone(member, MatrixView.Of(a), MatrixView.Of(b), results[member].Float32, 64);
            }
        });
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        results[0].Values().ShouldBe(expected.Values());
        results[1].Values().ShouldBe(expected.Values());
    }

    private float[] Multiply(MatMulPrecision precision = MatMulPrecision.Float32) => Multiply(weight, precision);

    private float[] Multiply(Tensor by, MatMulPrecision precision = MatMulPrecision.Float32)
    {
        var y = Tensor.Create(DType.Float32, Rows, Outputs);
        device.MatMul(x, false, by, true, y, precision: precision);
        return y.Values();
    }
}
