namespace Luthier.Tensors.Tests;

public sealed class ConversionTests
{
    private static readonly float[] Special =
    [
        0f,
        -0f,
        1f,
        -1f,
        65504f,
        65519.996f,
        65520f,
        -1e6f,
        5.9604645e-8f,
        2.9802322e-8f,
        2.9802326e-8f,
        6.0975552e-5f,
        6.1035156e-5f,
        1e-40f,
        float.MaxValue,
        float.Epsilon,
        float.PositiveInfinity,
        float.NegativeInfinity,
        float.NaN,
    ];

    [Fact]
    public void Every_float16_widens_to_its_value()
    {
        var bits = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var widened = new float[bits.Length];
        Conversion.Float16ToFloat32(bits, widened);
        for (var i = 0; i < bits.Length; i++)
        {
            Same(widened[i], (float)BitConverter.UInt16BitsToHalf(bits[i]), i);
        }
    }

    [Fact]
    public void Every_bfloat16_survives_the_way_there_and_back()
    {
        var bits = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var widened = new float[bits.Length];
        var back = new ushort[bits.Length];
        Conversion.BFloat16ToFloat32(bits, widened);
        Conversion.Float32ToBFloat16(widened, back);
        for (var i = 0; i < bits.Length; i++)
        {
            Same(widened[i], BitConverter.Int32BitsToSingle(i << 16), i);
            Same(Conversion.BFloat16ToSingle(back[i]), widened[i], i);
        }
    }

    [Fact]
    public void Float16_is_the_nearest_with_ties_to_even()
    {
        var values = Hard();
        var narrowed = new ushort[values.Length];
        Conversion.Float32ToFloat16(values, narrowed);
        for (var i = 0; i < values.Length; i++)
        {
            Same((float)BitConverter.UInt16BitsToHalf(narrowed[i]), (float)(Half)values[i], i);
        }
    }

    [Fact]
    public void BFloat16_is_the_nearest_with_ties_to_even()
    {
        var values = Hard();
        var narrowed = new ushort[values.Length];
        Conversion.Float32ToBFloat16(values, narrowed);
        for (var i = 0; i < values.Length; i++)
        {
            Conversion.SingleToBFloat16(values[i]).ShouldBe(narrowed[i]);
            Same(Conversion.BFloat16ToSingle(narrowed[i]), NearestBFloat16(values[i]), i);
        }
    }

    [Fact]
    public void Tensors_are_copied_between_all_types()
    {
        var values = Sample.Normal(1, 2003);
        DType[] types = [DType.Float32, DType.BFloat16, DType.Float16, DType.Float64];
        foreach (var from in types)
        {
            foreach (var to in types)
            {
                var source = values.As(from);
                var copy = source.As(to);
                var tolerance =
                    to == DType.BFloat16 ? 4e-3
                    : to == DType.Float16 ? 5e-4
                    : 0;
                Against.Close(copy.As(DType.Float32).AsFloats(), source.As(DType.Float32).AsFloats(), tolerance);
            }
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Should.Throw<ArgumentException>(() => Conversion.Copy(Sample.Normal(1, 3), Tensor.Create(DType.BFloat16, 4)));
        Should.Throw<ArgumentException>(() => Conversion.Copy(Sample.Normal(1, 3), Tensor.Create(DType.Int32, 3)));
        Should.Throw<ArgumentException>(() => Conversion.Float32ToBFloat16(new float[3], new ushort[2]));
    }

    // Special values, and values at, just above and just below the middle of two neighbours of both formats.
    private static float[] Hard()
    {
        var values = new List<float>(Special);
        for (uint bits = 0; bits < 0x7F80_0000; bits += 0x0001_8000 + 0x1000)
        {
            foreach (var middle in (uint[])[bits & ~0xFFFFu | 0x8000u, bits & ~0x1FFFu | 0x1000u, bits])
            {
                for (var i = -1; i <= 1; i++)
                {
                    var value = BitConverter.UInt32BitsToSingle((uint)(middle + i));
                    values.Add(value);
                    values.Add(-value);
                }
            }
        }

        return [.. values];
    }

    private static float NearestBFloat16(float value)
    {
        if (!float.IsFinite(value))
        {
            return value;
        }

        var bits = BitConverter.SingleToUInt32Bits(value);
        var below = BitConverter.UInt32BitsToSingle(bits & 0xFFFF_0000);
        var above = BitConverter.UInt32BitsToSingle((bits & 0xFFFF_0000) + 0x1_0000);
        var rest = bits & 0xFFFF;
        return rest < 0x8000 || (rest == 0x8000 && (bits & 0x1_0000) == 0) ? below : above;
    }

    private static void Same(float actual, float expected, int which)
    {
        if (
            float.IsNaN(expected)
                ? !float.IsNaN(actual)
                : !actual.Equals(expected) || float.IsNegative(actual) != float.IsNegative(expected)
        )
        {
            Assert.Fail($"{which}: {actual:R}, expected {expected:R}");
        }
    }
}
