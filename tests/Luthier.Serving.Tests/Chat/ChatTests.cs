using System.Text.Json.Nodes;
using Luthier.Serving.Models;

namespace Luthier.Serving.Tests.Chat;

/// <summary>A server whose model has a template of chats.</summary>
public sealed class ChatServer : IAsyncLifetime
{
    internal static string Template { get; } =
        Path.Combine(TestData.RepositoryRoot, "tests/Luthier.Serving.Tests/Chat/chatml.jinja");

    internal TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Server = await TestServer.StartAsync(
            options: new ModelOptions { Path = TestServer.SmallModel, ChatTemplate = Template }
        );

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>Messages of <c>/v1/chat/completions</c>.</summary>
public sealed class ChatTests(ChatServer shared) : IClassFixture<ChatServer>
{
    private const string Chat = "/v1/chat/completions";
    private const string Fixed = "\"temperature\":0,\"max_tokens\":10,\"ignore_eos\":true";

    private readonly TestServer server = shared.Server;

    [Fact]
    public async Task A_chat_is_the_completion_of_its_rendered_prompt()
    {
        var messages = """[{"role":"system","content":"Be brief."},{"role":"user","content":"News?"}]""";
        var chat = await server.PostAsync(Chat, $$"""{"messages":{{messages}},{{Fixed}}}""");
        chat.Status.ShouldBe(200, chat.ToString());
        var expected = await CompleteAsync("<|system|>Be brief.\n<|user|>News?\n<|assistant|>");
        ((string?)chat.Body["object"]).ShouldBe("chat.completion");
        ((string)chat.Body["id"]!).ShouldStartWith("chatcmpl-");
        var message = chat.Choice["message"]!;
        ((string?)message["role"]).ShouldBe("assistant");
        ((string?)message["content"]).ShouldBe(expected.Text);
        ((string?)chat.Choice["finish_reason"]).ShouldBe("length");
        chat.Body["usage"]!["prompt_tokens"]!
            .ToJsonString()
            .ShouldBe(expected.Body["usage"]!["prompt_tokens"]!.ToJsonString());
    }

    [Fact]
    public async Task A_stream_opens_with_the_role_and_ends_with_the_reason()
    {
        const string Body = """{"messages":[{"role":"user","content":"News?"}],"n":2,"seed":1,"max_tokens":9""";
        var whole = await server.PostAsync(Chat, Body + "}");
        var parts = await server.StreamAsync(
            Chat,
            Body + ""","stream":true,"stream_options":{"include_usage":true}}"""
        );
        for (var index = 0; index < 2; index++)
        {
            var choices = parts
                .Select(part => part["choices"]!.AsArray().FirstOrDefault())
                .Where(choice => choice is not null && (int)choice["index"]! == index)
                .ToArray();
            choices[0]!["delta"]!.ToJsonString().ShouldBe("""{"role":"assistant","content":""}""");
            choices.Skip(1).ShouldAllBe(choice => choice!["delta"]!["role"] == null);
            string.Concat(choices.Select(choice => (string?)choice!["delta"]!["content"]))
                .ShouldBe((string?)whole.Body["choices"]![index]!["message"]!["content"]);
            choices.Take(choices.Length - 1).ShouldAllBe(choice => choice!["finish_reason"] == null);
            choices[^1]!["finish_reason"].ShouldNotBeNull();
        }

        parts.ShouldAllBe(part => (string?)part["object"] == "chat.completion.chunk");
        parts[^1]["usage"]!.ToJsonString().ShouldBe(whole.Body["usage"]!.ToJsonString());
    }

    [Fact]
    public async Task Parts_of_a_content_are_joined_and_the_last_message_can_be_continued()
    {
        const string Parts = """[{"type":"text","text":"One"},{"type":"text","text":"two"}]""";
        var joined = await server.PostAsync(Chat, $$"""{"messages":[{"role":"user","content":{{Parts}}}],{{Fixed}}}""");
        ((string?)joined.Choice["message"]!["content"]).ShouldBe(
            (await CompleteAsync("<|user|>One\ntwo\n<|assistant|>")).Text
        );

        const string Messages = """[{"role":"user","content":"News?"},{"role":"assistant","content":"Today the"}]""";
        var continued = await server.PostAsync(
            Chat,
            $$"""{"messages":{{Messages}},"continue_final_message":true,"echo":true,{{Fixed}}}"""
        );
        ((string?)continued.Choice["message"]!["content"]).ShouldBe(
            "Today the" + (await CompleteAsync("<|user|>News?\n<|assistant|>Today the")).Text
        );
    }

    [Fact]
    public async Task A_request_can_bring_a_template_and_variables_for_it()
    {
        var body = new JsonObject
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "x" }),
            ["chat_template"] = "{{ bos_token }}{{ tone }}: {{ messages[0].content }}",
            ["chat_template_kwargs"] = new JsonObject { ["tone"] = "calm" },
            ["temperature"] = 0,
            ["max_tokens"] = 10,
            ["ignore_eos"] = true,
            ["return_token_ids"] = true,
        };
        var answer = await server.PostAsync(Chat, body.ToJsonString());
        var ids = server.Model.Tokenizer.Encode("calm: x");
        answer.Choice["prompt_token_ids"]!.AsArray().Select(id => (int)id!).ShouldBe(ids);

        body["chat_template"] = "{{ messages[0]. }}";
        var wrong = await server.PostAsync(Chat, body.ToJsonString());
        wrong.Status.ShouldBe(400);
        ((string)wrong.Body["error"]!["message"]!).ShouldStartWith("field chat_template: line 1, column");
        body["chat_template"] = "{{ raise_exception('no ' + messages[0].role) }}";
        var refused = await server.PostAsync(Chat, body.ToJsonString());
        ((string)refused.Body["error"]!["message"]!).ShouldContain("no user");
    }

    [Fact]
    public async Task Messages_can_be_tokenized()
    {
        const string Messages = """{"messages":[{"role":"user","content":"News?"}]""";
        var tokens = await server.PostAsync("/tokenize", Messages + "}");
        var ids = tokens.Body["tokens"]!.AsArray().Select(id => (int)id!).ToArray();
        server.Model.Tokenizer.Decode(ids).ShouldBe("<|user|>News?\n<|assistant|>");
        var bare = await server.PostAsync("/tokenize", Messages + ",\"add_generation_prompt\":false}");
        ((int)bare.Body["count"]!).ShouldBeLessThan(ids.Length);
        (await server.PostAsync("/tokenize", Messages + ",\"prompt\":\"x\"}")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_model_without_a_template_says_so()
    {
        await using var plain = await TestServer.StartAsync();
        var answer = await plain.PostAsync(Chat, """{"messages":[{"role":"user","content":"x"}]}""");
        answer.Status.ShouldBe(400, answer.ToString());
        ((string)answer.Body["error"]!["message"]!).ShouldContain("start the server with --chat-template");
    }

    [Theory]
    [InlineData("""{}""", 400, null, "field messages is missing")]
    [InlineData("""{"messages":[]}""", 400, "messages", "has 0 messages")]
    [InlineData("""{"messages":"hi"}""", 400, "messages", "expected a list")]
    [InlineData(
        """{"messages":[{"content":"x"}]}""",
        400,
        "messages[0].role",
        "field messages[0].role: expected a string such as user"
    )]
    [InlineData("""{"messages":[{"role":1,"content":"x"}]}""", 400, "messages[0].role", "expected a string")]
    [InlineData("""{"messages":[{"role":"user","content":5}]}""", 400, "messages[0].content", "a list of parts")]
    [InlineData(
        """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}""",
        501,
        "messages[0].content[0].type",
        "only text is supported, not image_url"
    )]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"max_tokens":0}""", 400, "max_tokens", "of 1 or more")]
    [InlineData(
        """{"messages":[{"role":"user","content":"x"}],"max_tokens":4000}""",
        400,
        "max_tokens",
        "maximum context length is 1024"
    )]
    [InlineData("""{"messages":[{"role":"user","content":"x"}],"functions":[{}]}""", 501, "functions", "not supported")]
    [InlineData(
        """{"messages":[{"role":"user","content":"x"}],"modalities":["text","audio"]}""",
        501,
        "modalities",
        "only text is supported"
    )]
    [InlineData(
        """{"messages":[{"role":"user","content":"x"}],"continue_final_message":true,"add_generation_prompt":true}""",
        400,
        null,
        "exclude each other"
    )]
    public async Task A_wrong_field_is_named(string body, int status, string? parameter, string message)
    {
        var answer = await server.PostAsync(Chat, body);
        answer.Status.ShouldBe(status, answer.ToString());
        ((string?)answer.Body["error"]!["param"]).ShouldBe(parameter);
        ((string)answer.Body["error"]!["message"]!).ShouldContain(message);
    }

    private Task<Answer> CompleteAsync(string prompt)
    {
        var text = JsonValue.Create(prompt).ToJsonString();
        return server.PostAsync("/v1/completions", $$"""{"prompt":{{text}},"add_special_tokens":false,{{Fixed}}}""");
    }
}
