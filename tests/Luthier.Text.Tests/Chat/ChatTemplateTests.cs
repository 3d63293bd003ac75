using System.Text.Json;
using Luthier.Formats;
using Luthier.Text.Chat;
using Luthier.Text.Jinja;

namespace Luthier.Text.Tests.Chat;

public sealed class ChatTemplateTests
{
    private const string Chatml =
        "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>\n{% endfor %}"
        + "{% if add_generation_prompt %}<|assistant|>{% endif %}";

    private static readonly Dictionary<string, string> Tokens = new(StringComparer.Ordinal) { ["bos_token"] = "<s>" };

    [Fact]
    public void Messages_become_a_prompt()
    {
        var messages = """[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]""";
        Render(Chatml, messages, c => c with { AddGenerationPrompt = true })
            .ShouldBe("<|system|>Be brief.<|end|>\n<|user|>Hi<|end|>\n<|assistant|>");
        Render(Chatml, messages).ShouldEndWith("Hi<|end|>\n");
    }

    [Fact]
    public void Special_tokens_and_variables_reach_the_template()
    {
        const string template = "{{ bos_token }}{{ tools is none }}{{ documents }}{{ x }}{{ add_generation_prompt }}";
        Render(template, "[]").ShouldBe("<s>TrueNoneFalse");
        Render(
                template,
                "[]",
                c => c with { Variables = Json("""{"x": [1], "bos_token": "own", "add_generation_prompt": true}""") }
            )
            .ShouldBe("ownTrueNone[1]True");
        Render(
                "{{ tools|length }}{{ documents[0].text }}",
                "[]",
                c => c with { Tools = Json("[{}]"), Documents = Json("""[{"text": "d"}]""") }
            )
            .ShouldBe("1d");
        Render("{{ strftime_now('%d %b %Y') }}", "[]").ShouldBe("02 Jan 2026");
    }

    [Theory]
    [InlineData(
        """{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}""",
        "a\nb"
    )]
    [InlineData(
        """{"role": "user", "content": ["a", {"type": "input_text", "text": "b"}, {"text": "c"}]}""",
        "a\nb\nc"
    )]
    [InlineData("""{"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}""", "no")]
    [InlineData("""{"role": "assistant", "content": null}""", "")]
    [InlineData("""{"role": "assistant"}""", "")]
    [InlineData("""{"role": "user", "content": []}""", "")]
    public void Contents_are_text_where_the_template_wants_text(string message, string expected) =>
        Render("{% for m in messages %}{{ m.content|tojson }}{% endfor %}", $"[{message}]")
            .ShouldBe(JsonSerializer.Serialize(expected));

    [Theory]
    [InlineData("{% for m in messages %}{% for c in m.content %}{% endfor %}{% endfor %}")]
    [InlineData("{% for m in messages %}{% for c in m['content'] %}{% endfor %}{% endfor %}")]
    [InlineData("{% for m in messages[1:] %}{% for c in m.content|list %}{% endfor %}{% endfor %}")]
    [InlineData(
        "{% set all = messages %}{% set rest = all[1:] %}{% for x in rest %}{% if x %}{% for c in x.content if c.type == 'text' %}{% endfor %}{% endif %}{% endfor %}"
    )]
    public void A_loop_over_contents_wants_parts(string template)
    {
        ChatTemplate.Parse(template, "t").DetectContentFormat(withTools: false).ShouldBe(ChatContentFormat.OpenAI);
        var messages =
            """[{"role": "user", "content": "a"}, {"role": "user"}, {"role": "tool", "content": [{"text": "r"}]}]""";
        Render(template + "{% for m in messages %}{{ m.content|tojson }};{% endfor %}", messages)
            .ShouldBe("""[{"type": "text", "text": "a"}];[];"r";""");
    }

    [Theory]
    [InlineData("{% for m in messages %}{{ m.content }}{% endfor %}")]
    [InlineData("{% for m in messages %}{% for c in m.tool_calls %}{{ c }}{% endfor %}{% endfor %}")]
    [InlineData("{% for m in messages %}{% endfor %}{% for c in other.content %}{% endfor %}")]
    [InlineData("{{ messages }}")]
    public void Anything_else_wants_text(string template) =>
        ChatTemplate.Parse(template, "t").DetectContentFormat(withTools: false).ShouldBe(ChatContentFormat.String);

    [Fact]
    public void Content_format_can_be_told()
    {
        const string template = "{{ messages[0].content|tojson }}";
        const string messages = """[{"role": "user", "content": "a"}]""";
        Render(template, messages, c => c with { ContentFormat = ChatContentFormat.OpenAI })
            .ShouldBe("""[{"type": "text", "text": "a"}]""");
    }

    [Theory]
    [InlineData(
        """{"function": {"name": "f", "arguments": "{\"a\": 1.50, \"b\": [true]}"}}""",
        """{"a": 1.5, "b": [true]}"""
    )]
    [InlineData("""{"function": {"name": "f", "arguments": {"a": 1}}}""", """{"a": 1}""")]
    [InlineData("""{"function": {"name": "f", "arguments": ""}}""", "{}")]
    [InlineData("""{"function": {"name": "f", "arguments": "not json"}}""", "{}")]
    [InlineData("""{"function": {"name": "f", "arguments": null}}""", "{}")]
    [InlineData("""{"function": {"name": "f"}}""", "{}")]
    [InlineData("""{"name": "f", "arguments": "{\"a\": 1}"}""", """{"a": 1}""")]
    public void Arguments_of_calls_become_objects(string call, string expected)
    {
        const string template =
            "{% for c in messages[0].tool_calls %}{{ (c.function if c.function is defined else c).arguments|tojson }}{% endfor %}";
        Render(template, $$"""[{"role": "assistant", "content": null, "tool_calls": [{{call}}]}]""").ShouldBe(expected);
    }

    [Fact]
    public void Messages_without_calls_have_none()
    {
        const string template =
            "{{ messages[0].tool_calls is defined }}{{ messages[0].name }}{{ messages[0].reasoning_content }}";
        Render(template, """[{"role": "assistant", "content": "x", "tool_calls": [], "name": "n", "reasoning": "r"}]""")
            .ShouldBe("Falsenr");
        Render(template, """[{"role": "assistant", "tool_calls": null}]""").ShouldBe("False");
    }

    [Theory]
    [InlineData("{% for m in messages %}[{{ m.content }}]{% endfor %}", "Once ", "[Hi][Once ")]
    [InlineData("{% for m in messages %}[{{ m.content|trim }}]{% endfor %}", "Once", "[Hi][Once")]
    [InlineData("{% for m in messages %}[{{ m.content|trim }}]{% endfor %}", "Once ", "[Hi][Once")]
    [InlineData("{% for m in messages %}[{% for c in m.content %}{{ c.text }}{% endfor %}]{% endfor %}", "a", "[Hi][a")]
    public void The_last_message_can_be_continued(string template, string last, string expected)
    {
        var messages = $$"""[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "{{last}}"}]""";
        Render(template, messages, c => c with { ContinueFinalMessage = true }).ShouldBe(expected);
    }

    [Theory]
    [InlineData("{{ messages[0].role }}", """[{"role": "user", "content": "x"}]""")]
    [InlineData("{{ messages[0].content }}", "[]")]
    [InlineData(
        "{% for m in messages %}{% for c in m.content %}{{ c.text }}{% endfor %}{% endfor %}",
        """[{"role": "user", "content": []}]"""
    )]
    public void What_is_lost_can_not_be_continued(string template, string messages) =>
        Should
            .Throw<ChatInputException>(() => Render(template, messages, c => c with { ContinueFinalMessage = true }))
            .Path.ShouldBe("continue_final_message");

    [Fact]
    public void Continuing_and_prompting_exclude_each_other() =>
        Should.Throw<ChatInputException>(() =>
            Render(Chatml, "[]", c => c with { AddGenerationPrompt = true, ContinueFinalMessage = true })
        );

    [Theory]
    [InlineData("{}", "messages: expected a list")]
    [InlineData("[1]", "messages[0]: expected an object")]
    [InlineData("[{}]", "messages[0].role: expected a string such as user, assistant, system or tool")]
    [InlineData("""[{"role": "user", "content": 1}]""", "messages[0].content: expected a string or a list of parts")]
    [InlineData("""[{"role": "user", "content": [1]}]""", "messages[0].content[0]: expected a string or an object")]
    [InlineData(
        """[{"role": "user", "content": [{"type": "image_url"}]}]""",
        "messages[0].content[0].type: only text is supported, not image_url"
    )]
    [InlineData(
        """[{"role": "user", "content": [{"type": "text"}]}]""",
        "messages[0].content[0].text: expected a string"
    )]
    [InlineData("""[{"role": "assistant", "tool_calls": {}}]""", "messages[0].tool_calls: expected a list")]
    [InlineData("""[{"role": "assistant", "tool_calls": [1]}]""", "messages[0].tool_calls[0]: expected an object")]
    [InlineData(
        """[{"role": "assistant", "tool_calls": [{"function": 1}]}]""",
        "messages[0].tool_calls[0].function: expected an object"
    )]
    public void Bad_messages_name_the_field(string messages, string problem) =>
        Should.Throw<ChatInputException>(() => Render(Chatml, messages)).Message.ShouldBe(problem);

    [Fact]
    public void Variables_of_the_conversation_itself_can_not_be_replaced() =>
        Should
            .Throw<ChatInputException>(() =>
                Render(Chatml, "[]", c => c with { Variables = Json("""{"messages": 1}""") })
            )
            .Message.ShouldBe("chat_template_kwargs.messages: this variable can't be set");

    [Fact]
    public void A_refusal_of_the_template_is_its_own_words()
    {
        var error = Should.Throw<JinjaException>(() => Render("{{ raise_exception('Only user.') }}", "[]"));
        error.Kind.ShouldBe(JinjaErrorKind.Raised);
        error.Problem.ShouldBe("Only user.");
    }

    [Fact]
    public void A_bad_template_names_its_file()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["chat_template.jinja"], "a\n{% for %}");
        Should
            .Throw<InvalidFileException>(() => ChatTemplate.TryLoad(folder))
            .Message.ShouldBe(
                $"{folder["chat_template.jinja"]}: line 2, column 8: expected a name to assign to, found the end of the tag"
            );
        File.Delete(folder["chat_template.jinja"]);
        File.WriteAllText(folder["tokenizer_config.json"], """{"chat_template": "{{"}""");
        Should
            .Throw<InvalidFileException>(() => ChatTemplate.TryLoad(folder))
            .Message.ShouldStartWith($"{folder["tokenizer_config.json"]}: field chat_template: line 1, column 1: ");
        File.WriteAllText(folder["tokenizer_config.json"], """{"chat_template": 3}""");
        Should
            .Throw<InvalidFileException>(() => ChatTemplate.TryLoad(folder))
            .Message.ShouldEndWith(
                "field chat_template: expected a template or a list of templates with names, found 3"
            );
    }

    [Fact]
    public void Folders_hold_templates_in_several_places()
    {
        using var folder = TestData.TempFolder();
        ChatTemplate.TryLoad(folder).ShouldBeNull();
        File.WriteAllText(folder["chat_template.json"], """{"chat_template": "processor"}""");
        Text(withTools: false).ShouldBe("processor");
        File.WriteAllText(folder["tokenizer_config.json"], """{"chat_template": {"default": "d", "tool_use": "t"}}""");
        Text(withTools: false).ShouldBe("d");
        Text(withTools: true).ShouldBe("t");
        Directory.CreateDirectory(folder["additional_chat_templates"]);
        File.WriteAllText(folder["additional_chat_templates/tool_use.jinja"], "named");
        File.WriteAllText(folder["chat_template.jinja"], "own");
        Text(withTools: false).ShouldBe("own");
        Text(withTools: true).ShouldBe("named");

        string Text(bool withTools) => ChatTemplate.TryLoad(folder)!.Text(withTools);
    }

    [Fact]
    public void Reference_conversations_with_tools_render()
    {
        // With contents as text and arguments as objects, templates take what they refuse as it comes from clients.
        foreach (
            var name in (string[])
                ["Qwen-Qwen3-0.6B", "Qwen-Qwen2.5-7B-Instruct", "NousResearch-Hermes-3-Llama-3.1-8B-tool_use"]
        )
        {
            var template = ChatTemplate.Load(TestData.Shared($"data/templates/{name}.jinja"));
            using var cases = JsonDocument.Parse(File.ReadAllText(TestData.Shared($"data/templates/{name}.json")));
            var input = cases
                .RootElement.EnumerateArray()
                .Single(c => c.GetProperty("case").GetString() is "tool_result")
                .GetProperty("input");
            var text = template.Render(
                new ChatConversation
                {
                    Messages = input.GetProperty("messages"),
                    Tools = input.GetProperty("tools"),
                    AddGenerationPrompt = true,
                    Now = new DateTime(2026, 1, 2),
                }
            );
            text.ShouldContain("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {", customMessage: name);
            text.ShouldContain("<tool_response>", customMessage: name);
        }
    }

    private static string Render(
        string template,
        string messages,
        Func<ChatConversation, ChatConversation>? change = null
    )
    {
        var conversation = new ChatConversation { Messages = Json(messages), Now = new DateTime(2026, 1, 2, 3, 4, 5) };
        return ChatTemplate.Parse(template, "t", Tokens).Render(change?.Invoke(conversation) ?? conversation);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
