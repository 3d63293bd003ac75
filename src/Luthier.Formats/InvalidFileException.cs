namespace Luthier.Formats;

/// <summary>
/// A file from outside is not what it should be. The message is one sentence that names the file, the field or
/// position, what was found and what was expected.
/// </summary>
public sealed class InvalidFileException : Exception
{
    /// <param name="path">The file, as the user named it.</param>
    /// <param name="problem">What is wrong with it, without the path.</param>
    /// <param name="inner">What a lower layer reported.</param>
    public InvalidFileException(string path, string problem, Exception? inner = null)
        : base($"{path}: {problem}", inner)
    {
        Path = path;
        Problem = problem;
    }

    /// <summary>The file, as the user named it.</summary>
    public string Path { get; }

    /// <summary>What is wrong with it, without the path.</summary>
    public string Problem { get; }
}
