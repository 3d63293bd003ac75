using System.Text.RegularExpressions;

namespace Luthier.Cli.Tests.Architecture;

/// <summary>Holds which project may reference what. To allow a new edge, change the table here and say why.</summary>
public sealed partial class ProjectsTests
{
    private static readonly Dictionary<string, Rule> Rules = new(StringComparer.Ordinal)
    {
        ["Luthier.Tensors"] = new([], ["Iced"], Unsafe: true),
        ["Luthier.Formats"] = new(["Luthier.Tensors"], ["Google.Protobuf"], Unsafe: true),
        ["Luthier.Text"] = new(["Luthier.Formats"], ["Google.Protobuf"]),
        ["Luthier.Models"] = new(["Luthier.Formats", "Luthier.Tensors"], [], Unsafe: true),
        ["Luthier.Training"] = new(["Luthier.Models", "Luthier.Text"], ["YamlDotNet"]),
        ["Luthier.Generation"] = new(["Luthier.Models", "Luthier.Text"], ["System.Numerics.Tensors"], Unsafe: true),
        ["Luthier.Serving"] = new(["Luthier.Generation"], []),
        ["Luthier.Cli"] = new(
            [
                "Luthier.Formats",
                "Luthier.Generation",
                "Luthier.Models",
                "Luthier.Serving",
                "Luthier.Tensors",
                "Luthier.Text",
                "Luthier.Training",
            ],
            ["Spectre.Console", "System.CommandLine", "YamlDotNet"]
        ),
    };

    [Fact]
    public void Every_project_has_a_rule_and_every_rule_a_project() =>
        Repository.Projects.Select(p => p.Name).ShouldBe(Rules.Keys, ignoreOrder: true);

    [Fact]
    public void Projects_reference_only_what_the_table_allows()
    {
        foreach (var project in Repository.Projects)
        {
            project
                .Includes("ProjectReference")
                .Except(Rules[project.Name].Projects, StringComparer.Ordinal)
                .ShouldBeEmpty(project.Name);
            project
                .Includes("PackageReference")
                .Except(Rules[project.Name].Packages, StringComparer.Ordinal)
                .ShouldBeEmpty(project.Name);
        }
    }

    [Fact]
    public void Unsafe_code_is_allowed_only_where_memory_is_handled()
    {
        foreach (var project in Repository.Projects.Where(p => p.AllowsUnsafe))
        {
            Rules[project.Name].Unsafe.ShouldBeTrue(project.Name);
        }
    }

    [Fact]
    public void Internals_are_visible_only_to_a_projects_own_tests_and_the_benchmarks()
    {
        foreach (var project in Repository.Projects)
        {
            project
                .Includes("InternalsVisibleTo")
                .Except([project.Name + ".Tests", "Luthier.Benchmarks"], StringComparer.Ordinal)
                .ShouldBeEmpty(project.Name);
        }
    }

    [Fact]
    public void Every_project_has_its_tests()
    {
        foreach (var project in Repository.Projects)
        {
            Repository.Exists($"tests/{project.Name}.Tests/{project.Name}.Tests.csproj").ShouldBeTrue(project.Name);
        }
    }

    [Fact]
    public void Only_the_command_line_talks_to_the_console_and_reads_the_environment()
    {
        var offenders =
            from project in Repository.Projects
            where !string.Equals(project.Name, "Luthier.Cli", StringComparison.Ordinal)
            from source in project.Sources
            where ConsoleOrEnvironment().IsMatch(File.ReadAllText(source))
            select source;
        offenders.ShouldBeEmpty();
    }

    [Fact]
    public void Namespaces_are_folders()
    {
        foreach (var project in Repository.Projects)
        {
            var root = Path.Combine(TestData.RepositoryRoot, "src", project.Name);
            foreach (var source in project.Sources)
            {
                var folder = Path.GetRelativePath(root, Path.GetDirectoryName(source)!);
                var expected =
                    folder.Length == 1
                        ? project.Name
                        : project.Name + "." + folder.Replace(Path.DirectorySeparatorChar, '.');
                foreach (Match match in NamespaceDeclaration().Matches(File.ReadAllText(source)))
                {
                    match.Groups["name"].Value.ShouldBe(expected, source);
                }
            }
        }
    }

    [GeneratedRegex(
        @"\bConsole\.(Write|Out|Error|In|Read|Open)|\bGetEnvironmentVariable|\bSpectre\.Console",
        RegexOptions.ExplicitCapture,
        10_000
    )]
    private static partial Regex ConsoleOrEnvironment();

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)\s*;", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex NamespaceDeclaration();

    private sealed record Rule(string[] Projects, string[] Packages, bool Unsafe = false);
}
