using System.Text;
using System.Text.Json.Nodes;

namespace Luthier.Serving.Tests.Generate;

/// <summary>vLLM's plain service.</summary>
public sealed class GenerateTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer server = shared.Server;

    [Fact]
    public async Task The_answer_is_the_prompt_and_what_continues_it()
    {
        const string Fields = "\"prompt\":\"The news\",\"temperature\":0,\"max_tokens\":8,\"ignore_eos\":true";
        var expected = "The news" + (await server.PostAsync("/v1/completions", $"{{{Fields}}}")).Text;
        var answer = await server.PostAsync("/generate", $"{{{Fields},\"n\":2}}");
        answer
            .Body.ToJsonString()
            .ShouldBe(new JsonObject { ["text"] = new JsonArray(expected, expected) }.ToJsonString());

        using var content = new StringContent($"{{{Fields},\"stream\":true}}", Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync("/generate", content);
        var texts = (await response.Content.ReadAsStringAsync())
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => (string)JsonNode.Parse(line)!["text"]![0]!)
            .ToArray();
        texts.Length.ShouldBe(8);
        texts[^1].ShouldBe(expected);
        texts.Zip(texts.Skip(1)).ShouldAllBe(p => p.Second.StartsWith(p.First, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_prompt_is_needed() =>
        ((string?)(await server.PostAsync("/generate", "{}")).Body["error"]!["message"]).ShouldBe(
            "field prompt is missing"
        );
}
