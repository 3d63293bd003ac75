using Luthier.Serving.Chat.Tools;
using Luthier.Text.Chat.Tools;

namespace Luthier.Serving.Tests.Chat.Tools;

/// <summary>Calls in text that a constraint made.</summary>
public sealed class CallReaderTests
{
    private const string List =
        """ [ {"name":"find", "parameters" : {"a":"x}],\"y\\", "b":[1,{"name":"no"}]} } ,{"name":"stop","parameters":{}}]""";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void A_list_of_calls_is_found_however_it_comes(int size)
    {
        var reader = new CallListReader();
        var parts = new List<ReplyPart>();
        foreach (var piece in List.Chunk(size))
        {
            parts.AddRange(reader.Read(new string(piece), isEnd: false));
        }

        reader.Read("", isEnd: true).ShouldBeEmpty();
        var reply = ToolReply.Of(parts);
        reply.Content.ShouldBeEmpty();
        reply
            .Calls.Select(call => (call.Name, call.Arguments))
            .ShouldBe([("find", """{"a":"x}],\"y\\", "b":[1,{"name":"no"}]}"""), ("stop", "{}")]);
        reply.Calls.Select(call => call.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(2);
    }

    [Fact]
    public void All_text_is_the_arguments_of_a_named_function()
    {
        var reader = new NamedCallReader("find");
        ReplyPart[] parts = [.. reader.Read("{\"a\"", isEnd: false), .. reader.Read(":1}", isEnd: true)];
        var call = ToolReply.Of(parts).Calls.Single();
        (call.Name, call.Arguments).ShouldBe(("find", "{\"a\":1}"));
    }

    [Fact]
    public void References_of_a_schema_follow_it_to_its_place()
    {
        var parameters = System.Text.Json.Nodes.JsonNode.Parse(
            """{"type":"object","properties":{"a":{"$ref":"#/$defs/x"},"b":{"$ref":"#"}},"$defs":{"x":{"type":"integer"}}}"""
        );
        var schema = ForcedCalls.ListSchema([new("f", Parameters: null), new("g", parameters)], several: false);
        schema.ShouldContain("\"$ref\":\"#/$defs/f1/$defs/x\"");
        schema.ShouldContain("\"$ref\":\"#/$defs/f1\"}");
        schema.ShouldContain("\"maxItems\":1");
        parameters!.ToJsonString().ShouldContain("\"$ref\":\"#/$defs/x\"");
    }
}
