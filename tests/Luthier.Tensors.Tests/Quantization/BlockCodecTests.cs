using System.Buffers.Binary;
using Luthier.Tensors.Quantization;

namespace Luthier.Tensors.Tests.Quantization;

public sealed unsafe class BlockCodecTests
{
    public static TheoryData<DType> Types => [.. PlainBlocks.Types];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_bit_of_a_block_means_what_the_format_says(DType type)
    {
        var random = new Random(1);
        var block = new byte[type.BlockBytes()];
        var values = new float[type.BlockElements()];
        for (var trial = 0; trial < 200; trial++)
        {
            random.NextBytes(block);
            foreach (var at in PlainBlocks.Halves(type))
            {
                var scale = (Half)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 4)));
                BinaryPrimitives.WriteHalfLittleEndian(block.AsSpan(at), scale);
            }

            fixed (byte* from = block)
            fixed (float* to = values)
            {
                BlockCodecs.Dequantize(from, type, to, values.Length);
            }

            for (var i = 0; i < values.Length; i++)
            {
                values[i].ShouldBe((float)PlainBlocks.Value(type, block, i), $"element {i} of trial {trial}");
            }
        }
    }

    // Root mean square error of normal values, as a part of their deviation: that of an optimal uniform quantizer with
    // one scale for 32 elements lies a little below.
    [Theory]
    [InlineData(DType.Q8_0, 0.006)]
    [InlineData(DType.Q4_0, 0.10)]
    [InlineData(DType.Q4_1, 0.09)]
    [InlineData(DType.Q5_0, 0.05)]
    [InlineData(DType.Q5_1, 0.045)]
    [InlineData(DType.Q4_K, 0.078)]
    [InlineData(DType.Q5_K, 0.039)]
    [InlineData(DType.Q6_K, 0.021)]
    public void Quantized_values_are_near(DType type, double deviation)
    {
        var values = Sample.Scaled(1, 0.3f, 64, 512);
        var back = values.As(type).As(DType.Float32);
        var error = values.Values().Zip(back.Values(), (a, b) => Math.Pow((a - b) / 0.3, 2)).Average();
        Math.Sqrt(error).ShouldBeLessThan(deviation);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Zeros_stay_zeros(DType type)
    {
        var zeros = Tensor.Create(DType.Float32, 2, 256);
        zeros.As(type).As(DType.Float32).Values().ShouldAllBe(value => value == 0);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Negated_and_single_values_survive(DType type)
    {
        // One element of each group is not zero: every type can hold it to the precision of its scale.
        var values = Tensor.Create(DType.Float32, 1, 256);
        for (var group = 0; group < 8; group++)
        {
            values.AsFloats()[(group * 32) + group] = (group % 2 == 0 ? 1 : -1) * 0.5f;
        }

        var back = values.As(type).As(DType.Float32).Values();
        for (var i = 0; i < back.Length; i++)
        {
            back[i].ShouldBe(values.Values()[i], 0.5 / 60, $"element {i}");
        }
    }

    [Theory]
    [InlineData(DType.Q8_0)]
    [InlineData(DType.Q4_0)]
    [InlineData(DType.Q5_0)]
    public void What_a_block_can_hold_is_held_exactly(DType type)
    {
        var values = Tensor.Create(DType.Float32, 1, 32);
        var limit = type switch
        {
            DType.Q8_0 => 127,
            DType.Q4_0 => 8,
            _ => 16,
        };
        for (var i = 0; i < 32; i++)
        {
            values.AsFloats()[i] = ((i % (2 * limit)) - limit) * 0.25f;
        }

        values.As(type).As(DType.Float32).Values().ShouldBe(values.Values());
    }

    [Fact]
    public void The_first_of_equal_magnitudes_gives_the_sign_of_the_scale()
    {
        var values = Tensor.Create(DType.Float32, 1, 32);
        values.AsFloats()[3] = 8;
        values.AsFloats()[5] = -8;
        var block = values.As(DType.Q4_0).AsBytes().ToArray();
        BinaryPrimitives.ReadHalfLittleEndian(block).ShouldBe((Half)(-1));
        (block[2 + 3] & 15).ShouldBe(0);
        (block[2 + 5] & 15).ShouldBe(15);
    }

    [Fact]
    public void Bytes_round_halves_away_from_zero()
    {
        var values = Tensor.Create(DType.Float32, 1, 32);
        values.AsFloats()[0] = 127;
        values.AsFloats()[1] = 0.5f;
        values.AsFloats()[2] = -2.5f;
        var block = values.As(DType.Q8_0).AsBytes().ToArray();
        ((sbyte)block[3]).ShouldBe((sbyte)1);
        ((sbyte)block[4]).ShouldBe((sbyte)-3);
    }

    [Theory]
    [InlineData(DType.Q4_K, 15)]
    [InlineData(DType.Q5_K, 31)]
    public void The_search_beats_minimum_and_maximum(DType type, int largest)
    {
        var values = Sample.Normal(3, 100, 256);
        var found = SquaredError(values, values.As(type).As(DType.Float32));
        var plain = values.Copy();
        foreach (var group in plain.Values().Chunk(32).Select((group, index) => (group, index)))
        {
            var min = Math.Min(group.group.Min(), 0);
            var scale = (group.group.Max() - min) / largest;
            for (var i = 0; i < 32; i++)
            {
                plain.AsFloats()[(group.index * 32) + i] = (MathF.Round((group.group[i] - min) / scale) * scale) + min;
            }
        }

        found.ShouldBeLessThan(SquaredError(values, plain));
    }

    [Fact]
    public void Rows_are_whole_blocks()
    {
        Should.Throw<ArgumentException>(() => Tensor.Create(DType.Q4_0, 4, 40)).Message.ShouldContain("blocks of 32");
        Should.Throw<ArgumentException>(() => Tensor.Create(DType.Q6_K, 256, 32));
        Should.Throw<ArgumentException>(() => Tensor.Create(DType.Q8_0, 2, 64).View(8, 16));
        Should.Throw<ArgumentOutOfRangeException>(() => DType.Q8_0.Size());
    }

    [Fact]
    public void Slices_are_rows_of_blocks()
    {
        var values = Sample.Normal(1, 6, 64);
        var slice = values.As(DType.Q5_1).Slice(2, 3);
        slice.Bytes.ShouldBe(3 * 2 * 24);
        slice.As(DType.Float32).Values().ShouldBe(values.Slice(2, 3).As(DType.Q5_1).As(DType.Float32).Values());
    }

    private static double SquaredError(Tensor values, Tensor found) =>
        values.Values().Zip(found.Values(), (a, b) => Math.Pow(a - b, 2)).Sum();
}
