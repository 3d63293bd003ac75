using Luthier.Formats;
using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>Compares what a file of tensors holds with what it should, and reports all differences at once.</summary>
internal sealed class TensorProblems
{
    private const int NamesShown = 8;

    private readonly List<string> missing = [];
    private readonly List<string> unfit = [];
    private readonly List<string> unknown = [];

    public void Missing(string name) => missing.Add(name);

    public void Unknown(string name) => unknown.Add(name);

    /// <summary>
    /// Whether a stored tensor has the shape expected, and floating-point elements or, where it is a matrix, those of a
    /// block type; notes it if not.
    /// </summary>
    public bool Fits(TensorInfo stored, ReadOnlySpan<int> shape)
    {
        var fits = stored.DType.IsFloatingPoint() || (stored.DType.IsQuantized() && shape.Length == 2);
        if (fits && stored.Shape.AsSpan().SequenceEqual(shape))
        {
            return true;
        }

        unfit.Add($"{stored} (expected floating-point {Tensor.Format(shape)})");
        return false;
    }

    /// <param name="path">The file.</param>
    /// <param name="what">What the tensors should be, such as <c>the weights that config.json describes</c>.</param>
    /// <exception cref="InvalidFileException">Something was noted.</exception>
    public void ThrowIfAny(string path, string what)
    {
        var problems = new List<string>();
        Add(problems, "lacks", missing);
        Add(problems, "has a wrong shape or type in", unfit);
        Add(problems, "has", unknown, "unknown ");
        if (problems.Count > 0)
        {
            throw new InvalidFileException(path, $"does not hold {what}: it {string.Join("; it ", problems)}");
        }
    }

    private static void Add(List<string> problems, string verb, List<string> names, string kind = "")
    {
        if (names.Count > 0)
        {
            var shown = string.Join(", ", names.Take(NamesShown));
            var rest = names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "";
            problems.Add($"{verb} {names.Count} {kind}tensor{(names.Count == 1 ? "" : "s")}: {shown}{rest}");
        }
    }
}
