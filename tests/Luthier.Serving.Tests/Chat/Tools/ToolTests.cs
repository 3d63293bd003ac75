using System.Text.Json;
using System.Text.Json.Nodes;

namespace Luthier.Serving.Tests.Chat.Tools;

/// <summary>Calls of tools that requests force.</summary>
public sealed class ToolTests(ChatServer shared) : IClassFixture<ChatServer>
{
    private const string Chat = "/v1/chat/completions";
    private const string Weather =
        """{"type":"function","function":{"name":"weather","description":"Tells it","parameters":{"type":"object","properties":{"city":{"enum":["Rome","Oslo"]},"days":{"$ref":"#/$defs/days"}},"required":["city","days"],"additionalProperties":false,"$defs":{"days":{"type":"integer","minimum":1,"maximum":9}}}}}""";

    private const string Clock = """{"type":"function","function":{"name":"clock"}}""";

    private readonly TestServer server = shared.Server;

    [Fact]
    public async Task A_named_function_gets_arguments_as_its_schema_says()
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var choice = """{"type":"function","function":{"name":"weather"}}""";
            var answer = await server.PostAsync(Chat, Body(choice, seed));
            answer.Status.ShouldBe(200, answer.ToString());
            answer.Choice["message"]!["content"].ShouldBeNull();
            var call = answer.Choice["message"]!["tool_calls"]!.AsArray().Single()!;
            ((string)call["id"]!).ShouldStartWith("call_");
            ((string?)call["type"]).ShouldBe("function");
            CheckWeather(call);
            ((string?)answer.Choice["finish_reason"]).ShouldBe("stop");
        }
    }

    [Fact]
    public async Task Required_calls_are_calls_of_some_function()
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var answer = await server.PostAsync(Chat, Body("\"required\"", seed, "\"parallel_tool_calls\":false,"));
            answer.Status.ShouldBe(200, answer.ToString());
            var call = answer.Choice["message"]!["tool_calls"]!.AsArray().Single()!;
            if ((string?)call["function"]!["name"] is "weather")
            {
                CheckWeather(call);
                ((string?)answer.Choice["finish_reason"]).ShouldBe("tool_calls");
            }
            else
            {
                ((string?)call["function"]!["name"]).ShouldBe("clock");
            }
        }
    }

    [Theory]
    [InlineData("\"required\"")]
    [InlineData("""{"type":"function","function":{"name":"weather"}}""")]
    public async Task A_stream_has_the_calls_of_the_whole(string choice)
    {
        const string More = "\"parallel_tool_calls\":false,";
        var whole = (await server.PostAsync(Chat, Body(choice, 1, More))).Choice;
        var parts = await server.StreamAsync(Chat, Body(choice, 1, More + "\"stream\":true,"));
        parts[0]["choices"]![0]!["delta"]!.ToJsonString().ShouldBe("""{"role":"assistant","content":""}""");
        var deltas = parts
            .SelectMany(part => part["choices"]![0]!["delta"]!["tool_calls"]?.AsArray() ?? [])
            .Select(delta => delta!)
            .ToArray();
        deltas.ShouldAllBe(delta => (int)delta["index"]! == 0);
        deltas.Count(delta => delta["id"] is not null).ShouldBe(1);
        ((string?)deltas[0]["type"]).ShouldBe("function");
        var expected = whole["message"]!["tool_calls"]![0]!["function"]!;
        ((string?)deltas[0]["function"]!["name"]).ShouldBe((string?)expected["name"]);
        string.Concat(deltas.Select(delta => (string?)delta["function"]!["arguments"]))
            .ShouldBe((string?)expected["arguments"]);
        ((string?)parts[^1]["choices"]![0]!["finish_reason"]).ShouldBe((string?)whole["finish_reason"]);
        parts.ShouldAllBe(part => string.IsNullOrEmpty((string?)part["choices"]![0]!["delta"]!["content"]));
    }

    [Fact]
    public async Task Without_a_call_the_model_does_not_know_of_tools()
    {
        var none = await server.PostAsync(Chat, Body("\"none\"", 1, "\"return_token_ids\":true,"));
        none.Choice["message"]!["tool_calls"].ShouldBeNull();
        PromptOf(none).ShouldNotContain("weather");
        var required = await server.PostAsync(Chat, Body("\"required\"", 1, "\"return_token_ids\":true,"));
        PromptOf(required).ShouldContain("weather");

        string PromptOf(Answer answer) =>
            server.Model.Tokenizer.Decode([.. answer.Choice["prompt_token_ids"]!.AsArray().Select(id => (int)id!)]);
    }

    [Theory]
    [InlineData("[]", "\"required\"", null, "field tool_choice: needs tools")]
    [InlineData("5", "\"none\"", "tools", "expected a list")]
    [InlineData("[{}]", "\"none\"", "tools[0].function", "is missing")]
    [InlineData("[{\"type\":\"code\"}]", "\"none\"", "tools[0].type", "expected function")]
    [InlineData("[{\"function\":{\"name\":\"a b\"}}]", "\"none\"", "tools[0].function.name", "letters, digits")]
    [InlineData(
        "[{\"function\":{\"name\":\"a\",\"parameters\":1}}]",
        "\"none\"",
        "tools[0].function.parameters",
        "schema"
    )]
    [InlineData("[" + Clock + "," + Clock + "]", "\"none\"", "tools[1]", "there is a tool 'clock' already")]
    [InlineData("[" + Clock + "]", "\"always\"", "tool_choice", "expected none, auto, required")]
    [InlineData(
        "[" + Clock + "]",
        "{\"type\":\"function\",\"function\":{\"name\":\"x\"}}",
        null,
        "there is no tool 'x'"
    )]
    [InlineData("[" + Clock + "]", "\"auto\"", "tool_choice", "--enable-auto-tool-choice")]
    [InlineData(
        "[" + Clock + "]",
        "\"required\",\"guided_regex\":\"a\"",
        null,
        "fields tool_choice and guided_regex exclude"
    )]
    public async Task A_wrong_field_is_named(string tools, string choice, string? parameter, string message)
    {
        var body = $$"""{"messages":[{"role":"user","content":"x"}],"tools":{{tools}},"tool_choice":{{choice}}}""";
        var answer = await server.PostAsync(Chat, body);
        answer.Status.ShouldBe(400, answer.ToString());
        ((string?)answer.Body["error"]!["param"]).ShouldBe(parameter);
        ((string)answer.Body["error"]!["message"]!).ShouldContain(message);
    }

    private static void CheckWeather(JsonNode call)
    {
        ((string?)call["function"]!["name"]).ShouldBe("weather");
        var arguments = JsonDocument.Parse((string)call["function"]!["arguments"]!).RootElement;
        arguments.GetProperty("city").GetString().ShouldBeOneOf("Rome", "Oslo");
        arguments.GetProperty("days").GetInt32().ShouldBeInRange(1, 9);
        arguments.GetPropertyCount().ShouldBe(2);
    }

    private static string Body(string choice, int seed, string more = "") =>
        $$"""{"messages":[{"role":"user","content":"Rome?"}],{{more}}"tools":[{{Weather}},{{Clock}}],"tool_choice":{{choice}},"seed":{{seed}},"max_tokens":100}""";
}
