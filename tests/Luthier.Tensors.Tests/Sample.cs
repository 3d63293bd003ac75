namespace Luthier.Tensors.Tests;

/// <summary>Tensors of seeded random values.</summary>
internal static class Sample
{
    /// <summary>About normal, mean 0 and deviation 1.</summary>
    public static Tensor Normal(int seed, params ReadOnlySpan<int> shape) => Scaled(seed, 1, shape);

    /// <summary>About normal, mean 0 and the given deviation.</summary>
    public static Tensor Scaled(int seed, float deviation, params ReadOnlySpan<int> shape)
    {
        var tensor = Tensor.Create(DType.Float32, shape);
        var random = new Random(seed);
        foreach (ref var value in tensor.AsFloats())
        {
            var sum = random.NextDouble() + random.NextDouble() + random.NextDouble() + random.NextDouble();
            value = (float)((sum - 2) * Math.Sqrt(3) * deviation);
        }

        return tensor;
    }

    /// <summary>The values in another floating-point type.</summary>
    public static Tensor As(this Tensor tensor, DType type)
    {
        var converted = Tensor.Create(type, tensor.Shape);
        Conversion.Copy(tensor, converted);
        return converted;
    }

    public static Tensor Copy(this Tensor tensor) => tensor.As(tensor.DType);

    public static float[] Values(this Tensor tensor) => tensor.AsFloats().ToArray();

    public static int[] Ids(int seed, int count, int vocabulary)
    {
        var random = new Random(seed);
        var ids = new int[count];
        for (var i = 0; i < count; i++)
        {
            ids[i] = random.Next(vocabulary);
        }

        return ids;
    }
}
