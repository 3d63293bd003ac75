using System.Xml.Linq;

namespace Luthier.Cli.Tests.Architecture;

/// <summary>A source project as its project file and its sources describe it.</summary>
internal sealed record SourceProject(string Name, XDocument Xml, IReadOnlyList<string> Sources)
{
    public bool AllowsUnsafe =>
        Xml.Descendants("AllowUnsafeBlocks").Any(e => bool.TryParse(e.Value, out var allowed) && allowed);

    /// <summary>The names of what a kind of item includes: project references without their path.</summary>
    public string[] Includes(string item) =>
        [
            .. Xml.Descendants(item)
                .Select(e => e.Attribute("Include")!.Value)
                .Select(v => v.EndsWith(".csproj", StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(v) : v)
                .Order(StringComparer.Ordinal),
        ];
}

/// <summary>The repository's own files, as the architecture tests read them.</summary>
internal static class Repository
{
    public static IReadOnlyList<SourceProject> Projects { get; } =
    [
        .. Directory
            .EnumerateFiles(Path.Combine(TestData.RepositoryRoot, "src"), "*.csproj", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(Read),
    ];

    public static string ReadText(string relativePath) =>
        File.ReadAllText(Path.Combine(TestData.RepositoryRoot, relativePath));

    public static bool Exists(string relativePath) => Path.Exists(Path.Combine(TestData.RepositoryRoot, relativePath));

    private static SourceProject Read(string path) =>
        new(
            Path.GetFileNameWithoutExtension(path),
            XDocument.Load(path),
            [.. Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "*.cs", SearchOption.AllDirectories)]
        );
}
