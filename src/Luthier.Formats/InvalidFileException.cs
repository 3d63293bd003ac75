namespace Luthier.Formats;

/// <summary>
/// A file from outside is not what it should be. The message is one sentence that names the file, the field or
/// position, what was found and what was expected.
/// </summary>
public sealed class InvalidFileException : Exception
{
    private const int MaxProblemLength = 1000;

    /// <param name="path">The file, as the user named it.</param>
    /// <param name="problem">
    /// What is wrong with it, without the path. It may quote the file: control characters are escaped, and what is
    /// longer than a sentence is cut.
    /// </param>
    /// <param name="inner">What a lower layer reported.</param>
    public InvalidFileException(string path, string problem, Exception? inner = null)
        : base($"{path}: {OneLine(problem)}", inner)
    {
        Path = path;
        Problem = OneLine(problem);
    }

    /// <summary>The file, as the user named it.</summary>
    public string Path { get; }

    /// <summary>What is wrong with it, without the path.</summary>
    public string Problem { get; }

    /// <summary>The path of the JSON field that is wrong, where it is one.</summary>
    public string? Field { get; init; }

    private static string OneLine(string problem)
    {
        if (problem.Length > MaxProblemLength)
        {
            problem = $"{problem.AsSpan(0, MaxProblemLength)}…";
        }

        if (!problem.Any(char.IsControl))
        {
            return problem;
        }

        return string.Concat(problem.Select(item => char.IsControl(item) ? $"\\u{(int)item:x4}" : item.ToString()));
    }
}
