using System.Text.RegularExpressions;

namespace Luthier.Cli.Tests.Architecture;

/// <summary>What the documents name must exist.</summary>
public sealed partial class DocumentsTests
{
    public static TheoryData<string> Documents { get; } =
        new(
            new[] { "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md" }.Concat(
                Directory
                    .EnumerateFiles(Path.Combine(TestData.RepositoryRoot, "docs"), "*.md", SearchOption.AllDirectories)
                    .Select(f => Path.GetRelativePath(TestData.RepositoryRoot, f))
                    .Order(StringComparer.Ordinal)
            )
        );

    [Fact]
    public void Paths_in_the_table_of_changes_exist()
    {
        var paths = Repository
            .ReadText("ARCHITECTURE.md")
            .Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .SelectMany(line => Quoted().Matches(line.Split('|')[2]).Select(m => m.Groups["path"].Value))
            .ToArray();
        paths.ShouldNotBeEmpty();
        paths.Where(p => !p.Contains('*', StringComparison.Ordinal) && !Repository.Exists(p)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Relative_links_lead_somewhere(string document)
    {
        var folder = Path.GetDirectoryName(document)!;
        Link()
            .Matches(Repository.ReadText(document))
            .Select(m => m.Groups["path"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Repository.Exists(Path.Combine(folder, target)))
            .ShouldBeEmpty(document);
    }

    [GeneratedRegex("`(?<path>[^`]+)`", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\]\((?<path>[^)#\s]+)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Link();
}
