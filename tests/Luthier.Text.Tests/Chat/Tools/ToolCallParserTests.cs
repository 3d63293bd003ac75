using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Luthier.Text.Chat;
using Luthier.Text.Chat.Tools;

namespace Luthier.Text.Tests.Chat.Tools;

public sealed class ToolCallParserTests
{
    private const string Weather =
        """{"name": "weather", "arguments": {"city": "Köln \"x\" 😀", "days": [1, 2.5e3, null, {"a": true}]}}""";
    private const string WeatherArguments = """{"city": "Köln \"x\" 😀", "days": [1, 2.5e3, null, {"a": true}]}""";

    [Theory]
    [InlineData("Just text.", "Just text.")]
    [InlineData("  \n text \n", "  \n text \n")]
    [InlineData("", "")]
    [InlineData(" \n", " \n")]
    [InlineData("a < b <tool <tool_cal", "a < b <tool <tool_cal")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", "", "f {}")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>", "", "f {}")]
    [InlineData("\n\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>\n", "", "f {}")]
    [InlineData("Let me see.\n<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", "Let me see.\n", "f {}")]
    [InlineData(
        "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}}</tool_call>\n<tool_call>{\"name\": \"g\", \"arguments\": {\"b\": \"}\"}}</tool_call>",
        "",
        "f {\"a\": 1}",
        "g {\"b\": \"}\"}"
    )]
    [InlineData("<tool_call>{\"arguments\": {\"a\": 1}, \"name\": \"f\"}</tool_call>", "", "f {\"a\": 1}")]
    [InlineData(
        "<tool_call>{\"id\": 3, \"x\": [{\"name\": 1}], \"name\": \"f\", \"arguments\": {}}</tool_call>",
        "",
        "f {}"
    )]
    [InlineData("<tool_call>{\"name\": \"f\"}</tool_call>", "", "f {}")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": null}</tool_call>", "", "f {}")]
    [InlineData(
        "<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"a\\\": \\u0031}\"}</tool_call>",
        "",
        "f {\"a\": 1}"
    )]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": \"\"}</tool_call>", "", "f {}")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": [1]}</tool_call>", "", "f [1]")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {}}", "", "f {}")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {}}}</tool_call>", "", "f {}")]
    [InlineData(
        "<tool_call>{\"name\": \"f\", \"arguments\": {}}<tool_call>{\"name\": \"g\", \"arguments\": {}}",
        "",
        "f {}",
        "g {}"
    )]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>\nDone.", "\nDone.", "f {}")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call> </tool", " </tool", "f {}")]
    [InlineData("<tool_call>oops</tool_call>", "<tool_call>oops</tool_call>")]
    [InlineData(
        " <tool_call>{\"name\": \"f\", \"arguments\": {\"a\": }}</tool_call> x",
        " <tool_call>{\"name\": \"f\", \"arguments\": {\"a\": }}</tool_call> x"
    )]
    [InlineData(
        "<tool_call>{\"name\": \"\", \"arguments\": {}}</tool_call>",
        "<tool_call>{\"name\": \"\", \"arguments\": {}}</tool_call>"
    )]
    [InlineData("<tool_call>{\"arguments\": {}}</tool_call>", "<tool_call>{\"arguments\": {}}</tool_call>")]
    [InlineData(
        "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1",
        "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1"
    )]
    [InlineData("<tool_call>", "<tool_call>")]
    [InlineData(
        "<tool_call>{\"name\": {}, \"arguments\": {}}</tool_call>",
        "<tool_call>{\"name\": {}, \"arguments\": {}}</tool_call>"
    )]
    [InlineData("<tool_call>x<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", "<tool_call>x", "f {}")]
    [InlineData("<<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", "<", "f {}")]
    public void Hermes_calls(string text, string content, params string[] calls) =>
        Check("hermes", text, content, calls);

    [Theory]
    [InlineData("Just text.", "Just text.")]
    [InlineData(" \n text", " \n text")]
    [InlineData("{\"name\": \"f\", \"parameters\": {\"a\": 1}}", "", "f {\"a\": 1}")]
    [InlineData("\n {\"name\": \"f\", \"arguments\": {\"a\": 1}} \n", "", "f {\"a\": 1}")]
    [InlineData("<|python_tag|>{\"name\": \"f\", \"parameters\": {}}", "", "f {}")]
    [InlineData("<|python_tag|> {\"type\": \"function\", \"name\": \"f\", \"parameters\": {}}", "", "f {}")]
    [InlineData("See: <|python_tag|>{\"name\": \"f\", \"parameters\": {}}", "See: ", "f {}")]
    [InlineData(
        "{\"name\": \"f\", \"parameters\": {}}; {\"name\": \"g\", \"parameters\": {\"b\": 2}}",
        "",
        "f {}",
        "g {\"b\": 2}"
    )]
    [InlineData("{\"name\": \"f\", \"parameters\": {}}\n{\"name\": \"g\", \"parameters\": {}};", "", "f {}", "g {}")]
    [InlineData(
        "<|python_tag|>{\"name\": \"f\", \"parameters\": {}};<|python_tag|>{\"name\": \"g\", \"parameters\": {}}",
        "",
        "f {}",
        "g {}"
    )]
    [InlineData("{\"parameters\": {\"a\": 1}, \"name\": \"f\"}", "", "f {\"a\": 1}")]
    [InlineData("{\"name\": \"f\", \"parameters\": null}", "", "f {}")]
    [InlineData("{\"name\": \"f\", \"parameters\": {}} and more", "and more", "f {}")]
    [InlineData("{\"name\": \"Bob\", \"age\": 3}", "{\"name\": \"Bob\", \"age\": 3}")]
    [InlineData("{\"name\": \"f\"}", "{\"name\": \"f\"}")]
    [InlineData("{\"a\": [1, 2]}", "{\"a\": [1, 2]}")]
    [InlineData(
        "{\"name\": \"f\", \"parameters\": {}, \"arguments\": {}}",
        "{\"name\": \"f\", \"parameters\": {}, \"arguments\": {}}"
    )]
    [InlineData("{not json", "{not json")]
    [InlineData("Text {\"name\": \"f\", \"parameters\": {}}", "Text {\"name\": \"f\", \"parameters\": {}}")]
    [InlineData("<|python_tag|>search.call(query=\"x\")", "<|python_tag|>search.call(query=\"x\")")]
    [InlineData("<|python_tag|>", "<|python_tag|>")]
    [InlineData("<|pyth", "<|pyth")]
    [InlineData("{\"name\": \"f\", \"parameters\": {\"a\": ", "{\"name\": \"f\", \"parameters\": {\"a\": ")]
    public void Llama_calls(string text, string content, params string[] calls) =>
        Check("llama3_json", text, content, calls);

    [Fact]
    public void Arguments_are_as_the_model_wrote_them()
    {
        var reply = ToolCallParser.Find("hermes")!.Parse($"<tool_call>\n{Weather}\n</tool_call>");
        reply.Calls.Single().Name.ShouldBe("weather");
        reply.Calls.Single().Arguments.ShouldBe(WeatherArguments);
        reply.Calls.Single().Id.ShouldMatch("^call_[A-Za-z0-9]{24}$");
    }

    [Fact]
    public void Ids_differ()
    {
        var text = string.Concat(Enumerable.Repeat("<tool_call>{\"name\": \"f\", \"arguments\": {}}</tool_call>", 100));
        ToolCallParser
            .Find("hermes")!
            .Parse(text)
            .Calls.Select(call => call.Id)
            .Distinct(StringComparer.Ordinal)
            .Count()
            .ShouldBe(100);
    }

    [Theory]
    [InlineData("hermes", "Hm. <tool_call>", "</tool_call>")]
    [InlineData("llama3_json", "Hm. <|python_tag|>", "")]
    public void A_call_streams_its_name_and_then_its_arguments(string name, string before, string after)
    {
        var reader = ToolCallParser.Find(name)!.Start(() => "id0");
        reader.Push(before).ShouldBe([new ContentPart("Hm. ")]);
        reader.Push("{\"name\": \"f\", \"argu").ShouldBeEmpty();
        reader.HasCalls.ShouldBeFalse();
        reader
            .Push("ments\": {\"a\"")
            .ShouldBe([new ToolCallPart(0, "id0", "f", ""), new ToolCallPart(0, null, null, "{\"a\"")]);
        reader.HasCalls.ShouldBeTrue();
        reader.Push(": \"x").ShouldBe([new ToolCallPart(0, null, null, ": \"x")]);
        reader.Push("y\"}").ShouldBe([new ToolCallPart(0, null, null, "y\"}")]);
        reader.Push("}" + after).ShouldBeEmpty();
        reader.End().ShouldBeEmpty();
    }

    [Fact]
    public void Parts_of_tags_are_held_back()
    {
        var reader = ToolCallParser.Find("hermes")!.Start();
        reader.Push("a <").ShouldBe([new ContentPart("a ")]);
        reader.Push("tool_").ShouldBeEmpty();
        reader.Push("box> b").ShouldBe([new ContentPart("<tool_box> b")]);
        reader.Push("<tool_call").ShouldBeEmpty();
        reader.End().ShouldBe([new ContentPart("<tool_call")]);
    }

    [Fact]
    public void A_call_that_breaks_off_while_it_streams_stays_as_it_is()
    {
        var reader = ToolCallParser.Find("hermes")!.Start(() => "i");
        var reply = ToolReply.Of([
            .. reader.Push("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": oops}}</tool_call> Sorry."),
            .. reader.End(),
        ]);
        reply.Calls.ShouldBe([new ToolCall("i", "f", "{\"a\": ")]);
        reply.Content.ShouldBe(" Sorry.");
    }

    [Theory]
    [InlineData("Qwen-Qwen3-0.6B", "hermes")]
    [InlineData("Qwen-Qwen2.5-7B-Instruct", "hermes")]
    [InlineData("NousResearch-Hermes-3-Llama-3.1-8B-tool_use", "hermes")]
    [InlineData("meta-llama-Llama-3.1-8B-Instruct", "llama3_json")]
    [InlineData("meta-llama-Llama-3.2-3B-Instruct", "llama3_json")]
    [InlineData("Qwen3-Coder", null)]
    [InlineData("deepseek-ai-DeepSeek-V3.1", null)]
    [InlineData("google-gemma-2-2b-it", null)]
    [InlineData("mistralai-Mistral-Nemo-Instruct-2407", null)]
    [InlineData("openai-gpt-oss-120b", null)]
    public void The_template_tells_the_parser(string model, string? parser)
    {
        var template = ChatTemplate.Load(TestData.Shared($"data/templates/{model}.jinja"));
        ToolCallParser.Detect(template)?.Name.ShouldBe(parser);
        (ToolCallParser.Detect(template) is null).ShouldBe(parser is null);
    }

    [Theory]
    [InlineData("hermes")]
    [InlineData("llama3_json")]
    public void However_a_reply_is_cut_its_calls_and_content_are_the_same(string name)
    {
        var parser = ToolCallParser.Find(name)!;
        var cut =
            from pieces in Gen.Elements(Fragments).ArrayOf(8)
            from cuts in Gen.Choose(0, 400).ArrayOf(6)
            select (string.Concat(pieces), cuts);
        Prop.ForAll(
                cut.ToArbitrary(),
                pair =>
                {
                    var (text, cuts) = pair;
                    var once = Stream(parser, text, []);
                    Same(Stream(parser, text, cuts), once);
                    Same(Stream(parser, text, [.. Enumerable.Range(0, text.Length)]), once);
                    var whole = parser.Parse(text, () => "id");
                    whole.Calls.ShouldAllBe(call => IsJson(call.Arguments));
                    if (once.Calls.All(call => IsJson(call.Arguments)))
                    {
                        // No call broke off, so nothing went out that is none.
                        Same(whole, once);
                    }
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithQuietOnSuccess(true));
    }

    private static readonly string[] Fragments =
    [
        "<tool_call>",
        "</tool_call>",
        "<|python_tag|>",
        "<tool_",
        "<|",
        "<",
        "\n",
        " ",
        ";",
        "; ",
        "text",
        "😀é",
        Weather,
        "{\"name\": \"f\", \"parameters\": {\"x\": \"<tool_call>\"}}",
        "{\"name\": \"f\", \"arguments\": {}}",
        "{\"arguments\": {\"a\": [\"\\u00e9\\n\"]}, \"name\": \"g\"}",
        "{\"name\": \"f\", \"arguments\": \"{\\\"a\\\": 1}\"}",
        "{\"name\": \"f\"}",
        "{\"name\": \"f\", \"arguments\": {\"a\": 1,}}",
        "{\"name\": \"f\", \"arguments\": {\"a\"",
        "{\"x\": 1}",
        "}",
        "{",
        "\"",
        "</",
    ];

    private static void Check(string parser, string text, string content, string[] calls)
    {
        var found = ToolCallParser.Find(parser)!;
        var reply = found.Parse(text);
        reply.Content.ShouldBe(content);
        reply.Calls.Select(call => $"{call.Name} {call.Arguments}").ShouldBe(calls);
        if (calls.Length > 0)
        {
            Same(
                Stream(found, text, [.. Enumerable.Range(0, text.Length)]),
                reply with
                {
                    Calls = [.. reply.Calls.Select(c => c with { Id = "id" })],
                }
            );
        }
    }

    private static ToolReply Stream(ToolCallParser parser, string text, int[] cuts)
    {
        var reader = parser.Start(() => "id");
        List<ReplyPart> parts = [];
        var start = 0;
        foreach (var cut in cuts.Where(c => c <= text.Length).Order())
        {
            parts.AddRange(reader.Push(text[start..cut]));
            start = cut;
        }

        parts.AddRange(reader.Push(text[start..]));
        parts.AddRange(reader.End());
        parts.OfType<ContentPart>().ShouldAllBe(part => part.Text.Length > 0);
        parts.OfType<ToolCallPart>().ShouldAllBe(part => (part.Name == null) == (part.Arguments.Length > 0));
        return ToolReply.Of(parts);
    }

    private static void Same(ToolReply actual, ToolReply expected)
    {
        actual.Content.ShouldBe(expected.Content);
        actual.Calls.ShouldBe(expected.Calls);
    }

    private static bool IsJson(string text)
    {
        try
        {
            JsonDocument.Parse(Encoding.UTF8.GetBytes(text)).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
