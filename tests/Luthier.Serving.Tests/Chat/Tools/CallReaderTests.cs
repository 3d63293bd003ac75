using Luthier.Serving.Chat.Tools;

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
        var parts = new List<CallPart>();
        foreach (var piece in List.Chunk(size))
        {
            reader.Read(new string(piece), isEnd: false, parts).ShouldBeEmpty();
        }

        reader.Read("", isEnd: true, parts).ShouldBeEmpty();
        parts
            .Where(part => part.Name is not null)
            .Select(part => (part.Index, part.Name))
            .ShouldBe([(0, "find"), (1, "stop")]);
        Arguments(parts, 0).ShouldBe("""{"a":"x}],\"y\\", "b":[1,{"name":"no"}]}""");
        Arguments(parts, 1).ShouldBe("{}");
        // A call is named before its arguments come.
        parts.FindIndex(part => part.Index == 1).ShouldBe(parts.FindIndex(part => part.Name is "stop"));
    }

    [Fact]
    public void All_text_is_the_arguments_of_a_named_function()
    {
        var reader = new NamedCallReader("find");
        var parts = new List<CallPart>();
        foreach (var text in (string[])["{\"a\"", ":1}", ""])
        {
            reader.Read(text, isEnd: text.Length == 0, parts).ShouldBeEmpty();
        }

        parts.ShouldBe([new(0, "find", "{\"a\""), new(0, null, ":1}")]);
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

    private static string Arguments(List<CallPart> parts, int index) =>
        string.Concat(parts.Where(part => part.Index == index).Select(part => part.Arguments));
}
