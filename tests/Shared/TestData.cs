using System.Diagnostics.CodeAnalysis;

namespace Luthier.Tests;

/// <summary>Where tests find data that is not part of the repository, and where they may write.</summary>
internal static class TestData
{
    /// <summary>The folder that holds Luthier.slnx.</summary>
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>
    /// A file or folder of the shared data: below LUTHIER_SHARED, otherwise below a folder <c>shared</c> beside the
    /// repository. The test is skipped, with the reason, where it is absent.
    /// </summary>
    public static string Shared(string relativePath)
    {
        var path = SharedOrNull(relativePath);
        Assert.SkipUnless(
            path is not null,
            $"{relativePath} is not there: set LUTHIER_SHARED to the folder of shared test data"
        );
        return path;
    }

    /// <summary>As <see cref="Shared"/>, but null where the data is absent (for theory data, which can't skip).</summary>
    public static string? SharedOrNull(string relativePath)
    {
        var configured = Environment.GetEnvironmentVariable("LUTHIER_SHARED");
        var root = string.IsNullOrEmpty(configured) ? Path.Combine(RepositoryRoot, "..", "shared") : configured;
        var path = Path.GetFullPath(Path.Combine(root, relativePath));
        return Path.Exists(path) ? path : null;
    }

    /// <summary>
    /// The paths, for <see cref="Shared"/>, of all files of these names below a folder of the shared data; one that
    /// is not there, so that the theory is skipped, where the data is absent.
    /// </summary>
    public static TheoryData<string> SharedFiles(string folder, params ReadOnlySpan<string> patterns)
    {
        var data = new TheoryData<string>();
        var root = SharedOrNull(folder);
        foreach (var pattern in patterns)
        {
            var files = root is null ? [pattern] : Directory.GetFiles(root, pattern, SearchOption.AllDirectories);
            data.AddRange(
                files.Select(file => Path.Combine(folder, root is null ? file : Path.GetRelativePath(root, file)))
            );
        }

        return data;
    }

    /// <summary>An empty folder of the test's own, removed when disposed.</summary>
    public static TempFolder TempFolder() => new();

    private static string FindRepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Luthier.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Luthier.slnx above {AppContext.BaseDirectory}");
    }
}

/// <summary>A folder that lives as long as a test.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Not every test project uses it")]
internal sealed class TempFolder : IDisposable
{
    public TempFolder() => Path = Directory.CreateTempSubdirectory("luthier-").FullName;

    public string Path { get; }

    /// <summary>The full path of a file or folder inside; nothing is created.</summary>
    public string this[string relativePath] => System.IO.Path.Combine(Path, relativePath);

    public static implicit operator string(TempFolder folder) => folder.Path;

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
