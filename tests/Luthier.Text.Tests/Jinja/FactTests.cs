using System.Text.Json;
using Luthier.Text.Jinja;

namespace Luthier.Text.Tests.Jinja;

/// <summary>What Jinja2 makes of thousands of small templates; <c>eng/jinja/facts.py</c> wrote it down.</summary>
public sealed class FactTests
{
    private static readonly DateTime Now = new(2026, 1, 2, 3, 4, 5);

    /// <summary>The file of facts: an object with the <c>input</c> of all templates, and <c>facts</c>.</summary>
    public static string Path { get; } =
        System.IO.Path.Combine(TestData.RepositoryRoot, "tests/Luthier.Text.Tests/Jinja/facts.json");

    [Fact]
    public void Small_templates_render_as_Jinja2_renders_them()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path));
        var input = file.RootElement.GetProperty("input");
        var failures = new List<string>();
        foreach (var fact in file.RootElement.GetProperty("facts").EnumerateArray())
        {
            var template = fact.GetProperty("template").GetString()!;
            var expected = fact.TryGetProperty("output", out var output)
                ? output.GetString()!
                : "error: " + KindOf(fact.GetProperty("error").GetString()!);
            var actual = Render(template, input);
            if (!string.Equals(actual, expected, StringComparison.Ordinal))
            {
                failures.Add($"{template}\n  expected {expected}\n  actual   {actual}");
            }
        }

        string.Join('\n', failures.Take(20)).ShouldBe("");
    }

    private static string Render(string template, JsonElement input)
    {
        try
        {
            return JinjaTemplate.Parse(template).Render(input, Now);
        }
        catch (JinjaException exception)
        {
            return $"error: {Coarse(exception.Kind)}";
        }
    }

    // Python tells apart more than the interpreter does.
    private static JinjaErrorKind KindOf(string exception) =>
        exception switch
        {
            "UndefinedError" => JinjaErrorKind.Undefined,
            "SecurityError" => JinjaErrorKind.Security,
            "TemplateSyntaxError" or "TemplateAssertionError" or "SyntaxError" => JinjaErrorKind.Syntax,
            "TemplateError" => JinjaErrorKind.Raised,
            _ => JinjaErrorKind.Evaluation,
        };

    private static JinjaErrorKind Coarse(JinjaErrorKind kind) =>
        kind == JinjaErrorKind.Limit ? JinjaErrorKind.Evaluation : kind;
}
