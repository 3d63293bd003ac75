using System.Globalization;
using System.Text.Json;
using Luthier.Text.Jinja;

namespace Luthier.Text.Tests.Jinja;

/// <summary>The chat templates of well-known models: each must render exactly what Jinja2 renders, or refuse where it does.</summary>
public sealed class ReferenceTemplateTests
{
    private const string Folder = "data/templates";

    /// <summary>The time at which the reference texts were made.</summary>
    private static readonly DateTime Now = new(2026, 1, 2, 3, 4, 5);

    public static TheoryData<string> Templates { get; } = TestData.SharedFiles(Folder, "*.jinja");

    [Theory]
    [MemberData(nameof(Templates))]
    public void Template_renders_as_Jinja2_does(string path)
    {
        var file = TestData.Shared(path);
        var template = JinjaTemplate.Parse(File.ReadAllText(file));
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(file, ".json")));
        var failures = new List<string>();
        foreach (var item in cases.RootElement.EnumerateArray())
        {
            var name = item.GetProperty("case").GetString();
            var expected = item.TryGetProperty("output", out var output)
                ? output.GetString()
                : "error: " + item.GetProperty("error").GetString();
            var actual = Render(template, item.GetProperty("input"));
            // Where Python's message is only that of a type, any refusal will do.
            var isSame = expected is "error: TypeError"
                ? actual.StartsWith("error: ", StringComparison.Ordinal)
                : string.Equals(actual, expected, StringComparison.Ordinal);
            if (!isSame)
            {
                failures.Add(
                    string.Create(CultureInfo.InvariantCulture, $"{name}:\nexpected {expected}\nactual   {actual}")
                );
            }
        }

        failures.ShouldBeEmpty();
    }

    private static string Render(JinjaTemplate template, JsonElement input)
    {
        try
        {
            return template.Render(input, Now);
        }
        catch (JinjaException exception)
        {
            exception.Line.ShouldBeGreaterThan(0);
            return "error: " + exception.Problem;
        }
    }
}
