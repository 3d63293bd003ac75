using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Serving.Tests.Chat;

namespace Luthier.Serving.Tests.Fields;

/// <summary>Texts that have to be of a form, by all the fields that ask for one.</summary>
public sealed class ConstraintTests(ChatServer shared) : IClassFixture<ChatServer>
{
    private const string Schema =
        """{"type":"object","properties":{"name":{"type":"string","maxLength":8},"age":{"type":"integer","minimum":0,"maximum":99}},"required":["name","age"],"additionalProperties":false}""";

    private readonly TestServer server = shared.Server;

    [Theory]
    [InlineData("""{"response_format":{"type":"json_schema","json_schema":{"name":"person","schema":SCHEMA}}}""")]
    [InlineData("""{"structured_outputs":{"json":SCHEMA}}""")]
    [InlineData("""{"guided_json":SCHEMA}""")]
    [InlineData("""{"guided_json":TEXT}""")]
    public async Task Json_is_as_its_schema_says(string fields)
    {
        var extra = fields
            .Replace("SCHEMA", Schema, StringComparison.Ordinal)
            .Replace("TEXT", JsonValue.Create(Schema).ToJsonString(), StringComparison.Ordinal);
        for (var seed = 0; seed < 5; seed++)
        {
            var person = JsonDocument.Parse(await ChatAsync(extra, seed)).RootElement;
            person.GetProperty("name").GetString()!.Length.ShouldBeLessThanOrEqualTo(8);
            person.GetProperty("age").GetInt32().ShouldBeInRange(0, 99);
            person.GetPropertyCount().ShouldBe(2);
        }
    }

    [Fact]
    public async Task A_regex_a_choice_and_plain_text_do_what_they_say()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            (await ChatAsync("""{"guided_regex":"[a-c]{3}-\\d\\d"}""", seed)).ShouldMatch("^[a-c]{3}-[0-9]{2}$");
            (await ChatAsync("""{"structured_outputs":{"regex":"x+y"}}""", seed)).ShouldMatch("^x+y$");
            (await ChatAsync("""{"guided_choice":["World","Sports"]}""", seed)).ShouldBeOneOf("World", "Sports");
            (await ChatAsync("""{"structured_outputs":{"choice":["one"]}}""", seed)).ShouldBe("one");
            (await ChatAsync("""{"guided_grammar":"root ::= \"a\" [0-9] | \"b\""}""", seed)).ShouldMatch(
                "^(a[0-9]|b)$"
            );
        }

        (await ChatAsync("""{"response_format":{"type":"text"}}""", 0)).ShouldBe(await ChatAsync("{}", 0));
    }

    [Fact]
    public async Task Any_object_is_an_object_also_in_completions_and_streams()
    {
        const string Body =
            """{"prompt":"x","max_tokens":200,"seed":3,"temperature":0.7,"response_format":{"type":"json_object"}""";
        var whole = await server.PostAsync("/v1/completions", Body + "}");
        whole.Status.ShouldBe(200, whole.ToString());
        var parts = await server.StreamAsync("/v1/completions", Body + ",\"stream\":true}");
        string.Concat(parts.Select(part => (string?)part["choices"]![0]!["text"])).ShouldBe(whole.Text);
        // As far as the length allowed.
        if (string.Equals((string?)whole.Choice["finish_reason"], "stop", StringComparison.Ordinal))
        {
            JsonDocument.Parse(whole.Text).RootElement.ValueKind.ShouldBe(JsonValueKind.Object);
        }
    }

    [Theory]
    [InlineData("""{"guided_regex":"(" }""", 400, "guided_regex", null)]
    [InlineData("""{"guided_choice":[]}""", 400, "guided_choice", "there are 0 choices")]
    [InlineData("""{"guided_choice":"a"}""", 400, "guided_choice", "expected a list")]
    [InlineData("""{"guided_json":7}""", 400, "guided_json", "expected a JSON schema")]
    [InlineData("""{"guided_json":{"type":"nonsense"}}""", 400, "guided_json", null)]
    [InlineData("""{"structured_outputs":{"grammar":"root ::= x"}}""", 400, "structured_outputs.grammar", null)]
    [InlineData("""{"structured_outputs":5}""", 400, "structured_outputs", "expected an object")]
    [InlineData("""{"response_format":{"type":"xml"}}""", 400, "response_format.type", "json_schema, found \"xml\"")]
    [InlineData("""{"response_format":{"type":"json_schema"}}""", 400, "response_format.json_schema", "is missing")]
    [InlineData(
        """{"guided_regex":"a","structured_outputs":{"choice":["b"]}}""",
        400,
        null,
        "fields structured_outputs.choice and guided_regex exclude each other"
    )]
    public async Task A_wrong_constraint_is_named(string fields, int status, string? parameter, string? message)
    {
        var answer = await server.PostAsync("/v1/chat/completions", Body(fields, 0));
        answer.Status.ShouldBe(status, answer.ToString());
        ((string?)answer.Body["error"]!["param"]).ShouldBe(parameter);
        ((string)answer.Body["error"]!["message"]!).ShouldContain(message ?? parameter!);
    }

    private static string Body(string fields, int seed)
    {
        var body = (JsonObject)JsonNode.Parse(fields)!;
        body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "x" });
        body["seed"] = seed;
        body["max_tokens"] = 200;
        return body.ToJsonString();
    }

    private async Task<string> ChatAsync(string fields, int seed)
    {
        var answer = await server.PostAsync("/v1/chat/completions", Body(fields, seed));
        answer.Status.ShouldBe(200, answer.ToString());
        return (string)answer.Choice["message"]!["content"]!;
    }
}
