namespace Luthier.Cli.CommandLine;

/// <summary>Questions about paths that users give.</summary>
internal static class Paths
{
    /// <summary>Whether two paths name the same place, however they are written; links are not followed.</summary>
    public static bool AreSame(string a, string b) =>
        string.Equals(
            Path.TrimEndingDirectorySeparator(Path.GetFullPath(a)),
            Path.TrimEndingDirectorySeparator(Path.GetFullPath(b)),
            StringComparison.Ordinal
        );
}
