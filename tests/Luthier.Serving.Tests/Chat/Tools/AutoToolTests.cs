using System.Text.Json.Nodes;
using Luthier.Serving.Models;
using Luthier.Text.Chat.Tools;

namespace Luthier.Serving.Tests.Chat.Tools;

/// <summary>Calls that the model decides on; what it writes is made certain by a list of one choice.</summary>
public sealed class AutoToolTests
{
    private const string Hermes =
        "Let me see.<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>\n"
        + "<tool_call>\n{\"name\": \"clock\", \"arguments\": {}}\n</tool_call>";

    private const string Llama = "{\"name\": \"weather\", \"parameters\": {\"city\": \"Rome\"}}";

    [Theory]
    [InlineData("hermes", Hermes, "Let me see.", 2)]
    [InlineData("llama3_json", Llama, null, 1)]
    [InlineData("hermes", "Only words.", "Only words.", 0)]
    public async Task What_the_model_writes_becomes_text_and_calls(
        string parser,
        string written,
        string? content,
        int calls
    )
    {
        await using var server = await StartAsync(parser);
        var body = Body(written);
        var whole = (await server.PostAsync("/v1/chat/completions", body.ToJsonString())).Choice;
        ((string?)whole["message"]!["content"]).ShouldBe(content);
        ((string?)whole["finish_reason"]).ShouldBe(calls > 0 ? "tool_calls" : "stop");
        var called = whole["message"]!["tool_calls"]?.AsArray() ?? [];
        called.Count.ShouldBe(calls);
        if (calls > 0)
        {
            ((string?)called[0]!["function"]!["name"]).ShouldBe("weather");
            JsonNode
                .Parse((string)called[0]!["function"]!["arguments"]!)!
                .ToJsonString()
                .ShouldBe("{\"city\":\"Rome\"}");
        }

        body["stream"] = true;
        var choices = (await server.StreamAsync("/v1/chat/completions", body.ToJsonString()))
            .Select(part => part["choices"]![0]!)
            .ToArray();
        string.Concat(choices.Select(choice => (string?)choice["delta"]!["content"])).ShouldBe(content ?? "");
        var deltas = choices.SelectMany(choice => choice["delta"]!["tool_calls"]?.AsArray() ?? []).ToArray();
        deltas.Count(delta => delta!["id"] is not null).ShouldBe(calls);
        for (var i = 0; i < calls; i++)
        {
            string.Concat(
                    deltas.Where(delta => (int)delta!["index"]! == i).Select(d => (string?)d!["function"]!["arguments"])
                )
                .ShouldBe((string?)called[i]!["function"]!["arguments"]);
        }

        ((string?)choices[^1]["finish_reason"]).ShouldBe((string?)whole["finish_reason"]);
    }

    [Fact]
    public async Task The_parser_is_the_one_that_the_template_asks_for()
    {
        using var folder = TestData.TempFolder();
        var template = folder["t.jinja"];
        File.WriteAllText(
            template,
            "{# <tool_call>{\"name\": x, \"arguments\": y}</tool_call> #}{{ messages[0].content }}"
        );
        await using var server = await TestServer.StartAsync(options: Options(template));
        server.Model.ToolCallParser!.Name.ShouldBe("hermes");

        File.WriteAllText(template, "{{ messages[0].content }}");
        var thrown = await Should.ThrowAsync<ArgumentException>(() =>
            TestServer.StartAsync(options: Options(template))
        );
        thrown.Message.ShouldContain("name the parser, hermes or llama3_json");
    }

    private static Task<TestServer> StartAsync(string parser) =>
        TestServer.StartAsync(
            options: Options(ChatServer.Template) with
            {
                ToolCallParser = ToolCallParser.Find(parser),
            }
        );

    private static ModelOptions Options(string template) =>
        new()
        {
            Path = TestServer.SmallModel,
            ChatTemplate = template,
            AutoToolChoice = true,
        };

    private static JsonObject Body(string written)
    {
        var body = (JsonObject)
            JsonNode.Parse(
                """{"tools":[{"type":"function","function":{"name":"weather"}},{"type":"function","function":{"name":"clock"}}],"max_tokens":300}"""
            )!;
        body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Rome?" });
        body["guided_choice"] = new JsonArray(written);
        return body;
    }
}
