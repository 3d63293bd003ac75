using Luthier.Tensors.Assembly;
using Luthier.Tensors.Devices;

namespace Luthier.Tensors.Tests.Quantization;

public sealed class QuantizedProductTests
{
    private static readonly int[] RowCounts = [1, 2, 3, 4, 5, 6, 7, 13, 45];

    public static TheoryData<DType> Types => [.. PlainBlocks.Types];

    // Activations keep about 7.5 bits, relative to the largest of 32.
    [Theory]
    [MemberData(nameof(Types))]
    public void Products_are_those_of_the_dequantized_weight(DType type)
    {
        var weight = Sample.Normal(2, 70, 512).As(type);
        var plain = weight.As(DType.Float32);
        foreach (var rows in RowCounts)
        {
            var x = Sample.Normal(1, rows, 512);
            var (y, expected) = (Tensor.Create(DType.Float32, rows, 70), Tensor.Create(DType.Float32, rows, 70));
            using var device = TestDevice.Create(2);
            device.Project(x, [weight], [y]);
            device.Project(x, [plain], [expected]);
            Deviation(y, expected).ShouldBeLessThan(0.008, $"{type}, {rows} rows");
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_row_is_the_same_to_the_bit_on_every_path_and_among_any_others(DType type)
    {
        var weights = new[] { Sample.Normal(2, 70, 256).As(type), Sample.Normal(3, 32, 256).As(type) };
        var x = Sample.Normal(1, 45, 256);
        using var portable = new CpuDevice(1, Isa.Vector);
        var expected = Project(portable, x, weights, 45);
        foreach (var rows in RowCounts)
        {
            for (var threads = 1; threads <= 3; threads++)
            {
                using var device = new CpuDevice(threads, TestDevice.Isa == Isa.Scalar ? Isa.Vector : TestDevice.Isa);
                foreach (var (actual, all) in Project(device, x, weights, rows).Zip(expected))
                {
                    actual.AsSpan().SequenceEqual(all.AsSpan(0, actual.Length)).ShouldBeTrue($"{type}, {rows} rows");
                }
            }
        }
    }

    [Fact]
    public void Weights_of_several_types_are_multiplied_together()
    {
        Tensor[] weights = [Sample.Normal(2, 70, 256).As(DType.Q4_K), Sample.Normal(3, 31, 256).As(DType.Q6_K)];
        var x = Sample.Normal(1, 9, 256);
        using var device = TestDevice.Create(2);
        var together = Project(device, x, weights, 9);
        for (var i = 0; i < weights.Length; i++)
        {
            Project(device, x, [weights[i]], 9)[0].ShouldBe(together[i]);
        }
    }

    [Fact]
    public void Zeros_give_zeros()
    {
        var weight = Tensor.Create(DType.Float32, 33, 64).As(DType.Q4_0);
        var y = Sample.Normal(1, 2, 33);
        using var device = TestDevice.Create(1);
        device.Project(Tensor.Create(DType.Float32, 2, 64), [weight], [y]);
        y.Values().ShouldAllBe(value => value == 0);
    }

    private static float[][] Project(Device device, Tensor x, Tensor[] weights, int rows)
    {
        var ys = Array.ConvertAll(weights, weight => Tensor.Create(DType.Float32, rows, weight.Rows));
        device.Project(x.Slice(0, rows), Array.ConvertAll(weights, weight => weight.View(weight.Shape)), ys);
        return Array.ConvertAll(ys, y => y.Values());
    }

    // Root of the mean squared difference, relative to the size of what is expected.
    private static double Deviation(Tensor actual, Tensor expected)
    {
        var (difference, size) = (0.0, 0.0);
        foreach (var (a, e) in actual.Values().Zip(expected.Values()))
        {
            difference += (a - (double)e) * (a - (double)e);
            size += (double)e * e;
        }

        return Math.Sqrt(difference / size);
    }
}
