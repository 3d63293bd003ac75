using Luthier.Formats.Weights;

namespace Luthier.Training.Tests.Fixtures;

internal static class Numbers
{
    public static void ShouldBeWithin(this double[] actual, double tolerance, double[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            Math.Abs(actual[i] - expected[i])
                .ShouldBeLessThanOrEqualTo(tolerance, $"entry {i} is {actual[i]}, expected {expected[i]}");
        }
    }

    public static void ShouldBeWithin(this float[] actual, double tolerance, float[] expected) =>
        Array
            .ConvertAll(actual, value => (double)value)
            .ShouldBeWithin(tolerance, Array.ConvertAll(expected, value => (double)value));

    /// <summary>Every tensor of a file, by name.</summary>
    public static SortedDictionary<string, float[]> Weights(string path)
    {
        using var files = Directory.Exists(path) ? WeightFiles.Open(path) : WeightFiles.OpenFile(path);
        SortedDictionary<string, float[]> weights = new(StringComparer.Ordinal);
        foreach (var name in files.Tensors.Keys)
        {
            weights[name] = files.Get(name).AsFloats().ToArray();
        }

        return weights;
    }

    public static void WeightsShouldBeWithin(string path, double tolerance, string expectedPath)
    {
        var (actual, expected) = (Weights(path), Weights(expectedPath));
        actual.Keys.ShouldBe(expected.Keys);
        foreach (var (name, values) in actual)
        {
            values.ShouldBeWithin(tolerance, expected[name]);
        }
    }
}
