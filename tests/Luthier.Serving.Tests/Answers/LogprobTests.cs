using System.Text;
using System.Text.Json.Nodes;
using Luthier.Serving.Tests.Chat;

namespace Luthier.Serving.Tests.Answers;

/// <summary>Log-probabilities in both APIs' shapes.</summary>
public sealed class LogprobTests(ChatServer shared) : IClassFixture<ChatServer>
{
    private const string Completions = "/v1/completions";
    private const string Fixed = "\"temperature\":0,\"max_tokens\":8,\"ignore_eos\":true";

    private readonly TestServer server = shared.Server;

    [Fact]
    public async Task Chats_tell_tokens_with_their_bytes_and_the_most_probable()
    {
        const string Body =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"News?\"}],\"logprobs\":true,\"top_logprobs\":3,\"skip_special_tokens\":false,"
            + Fixed;
        var whole = await server.PostAsync("/v1/chat/completions", Body + "}");
        var content = whole.Choice["logprobs"]!["content"]!.AsArray();
        content.Count.ShouldBe(8);
        foreach (var token in content)
        {
            var top = token!["top_logprobs"]!.AsArray();
            top.Count.ShouldBe(3);
            // Greedy: what was drawn is the most probable.
            top[0]!["token"]!.ToJsonString().ShouldBe(token["token"]!.ToJsonString());
            ((double)top[0]!["logprob"]!).ShouldBe((double)token["logprob"]!);
            ((double)top[1]!["logprob"]!).ShouldBeLessThanOrEqualTo((double)top[0]!["logprob"]!);
        }

        var bytes = content
            .SelectMany(token => token!["bytes"]!.AsArray().Select(value => (byte)(int)value!))
            .ToArray();
        Encoding.UTF8.GetString(bytes).TrimStart().ShouldBe(((string)whole.Choice["message"]!["content"]!).TrimStart());

        var parts = await server.StreamAsync("/v1/chat/completions", Body + ",\"stream\":true}");
        var streamed = parts
            .Select(part => part["choices"]![0]!["logprobs"])
            .Where(logprobs => logprobs is not null)
            .SelectMany(logprobs => logprobs!["content"]!.AsArray());
        new JsonArray([.. streamed.Select(token => token!.DeepClone())])
            .ToJsonString()
            .ShouldBe(content.ToJsonString());
    }

    [Fact]
    public async Task Completions_tell_lists_and_where_tokens_begin()
    {
        const string Body = "{\"prompt\":\"The news of\",\"logprobs\":2," + Fixed;
        var whole = await server.PostAsync(Completions, Body + "}");
        var logprobs = whole.Choice["logprobs"]!;
        var tokens = Texts(logprobs["tokens"]!);
        var offsets = logprobs["text_offset"]!.AsArray().Select(offset => (int)offset!).ToArray();
        tokens.Length.ShouldBe(8);
        string.Concat(tokens).ShouldBe(whole.Text);
        offsets.ShouldBe(tokens.Select((_, i) => string.Concat(tokens.Take(i)).Length));
        foreach (var (top, i) in logprobs["top_logprobs"]!.AsArray().Select((top, i) => (top!.AsObject(), i)))
        {
            top.Count.ShouldBe(2);
            ((double)top[tokens[i]]!).ShouldBe((double)logprobs["token_logprobs"]![i]!);
        }

        var parts = await server.StreamAsync(Completions, Body + ",\"stream\":true}");
        parts
            .SelectMany(part => part["choices"]![0]!["logprobs"]!["text_offset"]!.AsArray().Select(o => (int)o!))
            .ShouldBe(offsets);
    }

    [Fact]
    public async Task An_echoed_prompt_is_told_of_like_new_tokens()
    {
        const string Body =
            "{\"prompt\":\"The news of\",\"logprobs\":1,\"echo\":true,\"temperature\":0,\"max_tokens\":";
        var answer = await server.PostAsync(Completions, Body + "0}");
        var logprobs = answer.Choice["logprobs"]!;
        var known = logprobs["token_logprobs"]!.AsArray();
        known[0].ShouldBeNull();
        known.Skip(1).ShouldAllBe(value => (double)value! <= 0);
        logprobs["top_logprobs"]![0].ShouldBeNull();
        string.Concat(Texts(logprobs["tokens"]!).Skip(1)).TrimStart().ShouldBe("The news of");

        var longer = await server.PostAsync(Completions, Body + "3}");
        longer.Choice["logprobs"]!["tokens"]!.AsArray().Count.ShouldBe(known.Count + 3);
        longer.Choice["logprobs"]!["token_logprobs"]![1]!.ToJsonString().ShouldBe(known[1]!.ToJsonString());
    }

    [Fact]
    public async Task Prompts_are_told_of_by_token_id()
    {
        var ids = server.Model.Tokenizer.Encode("The news of");
        var body = $$"""{"prompt":[{{string.Join(',', ids)}}],"prompt_logprobs":2,"max_tokens":1}""";
        var prompt = (await server.PostAsync(Completions, body)).Choice["prompt_logprobs"]!.AsArray();
        prompt.Count.ShouldBe(ids.Length);
        prompt[0].ShouldBeNull();
        for (var i = 1; i < ids.Length; i++)
        {
            var own = prompt[i]![ids[i].ToString(System.Globalization.CultureInfo.InvariantCulture)]!;
            ((double)own["logprob"]!).ShouldBeLessThan(0);
            ((int)own["rank"]!).ShouldBeGreaterThan(0);
            prompt[i]!.AsObject().Count.ShouldBeInRange(2, 3);
            prompt[i]!.AsObject().Count(member => (int)member.Value!["rank"]! == 1).ShouldBe(1);
        }

        var chat = await server.PostAsync(
            "/v1/chat/completions",
            """{"messages":[{"role":"user","content":"x"}],"prompt_logprobs":0,"max_tokens":1}"""
        );
        chat.Body["prompt_logprobs"]!.AsArray().Count.ShouldBe((int)chat.Body["usage"]!["prompt_tokens"]!);
    }

    [Fact]
    public async Task The_best_of_several_texts_are_answered()
    {
        const string Body =
            "{\"prompt\":[\"One\",\"Two\"],\"seed\":5,\"max_tokens\":6,\"logprobs\":0,\"ignore_eos\":true";
        var all = await server.PostAsync(Completions, Body + ",\"n\":5}");
        var best = await server.PostAsync(Completions, Body + ",\"n\":2,\"best_of\":5}");
        var kept = best.Body["choices"]!.AsArray();
        kept.Select(choice => (int)choice!["index"]!).ShouldBe([0, 1, 2, 3]);
        ((int)best.Body["usage"]!["completion_tokens"]!).ShouldBe(2 * 5 * 6);
        for (var prompt = 0; prompt < 2; prompt++)
        {
            var expected = all.Body["choices"]!
                .AsArray()
                .Skip(prompt * 5)
                .Take(5)
                .OrderByDescending(choice => choice!["logprobs"]!["token_logprobs"]!.AsArray().Average(x => (double)x!))
                .Take(2)
                .Select(choice => (string?)choice!["text"]);
            kept.Skip(prompt * 2).Take(2).Select(choice => (string?)choice!["text"]).ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData(Completions, """{"prompt":"a","logprobs":21}""", "logprobs", "expected an integer from 0 to 20")]
    [InlineData(Completions, """{"prompt":"a","logprobs":true}""", "logprobs", "expected an integer")]
    [InlineData(Completions, """{"prompt":"a","n":3,"best_of":2}""", null, "field best_of: expected at least n, 3")]
    [InlineData(Completions, """{"prompt":"a","best_of":2,"stream":true}""", null, "field best_of: a stream")]
    [InlineData(Completions, """{"prompt":"a","prompt_logprobs":1,"stream":true}""", null, "a stream doesn't have")]
    public async Task A_wrong_field_is_named(string path, string body, string? parameter, string message)
    {
        var answer = await server.PostAsync(path, body);
        answer.Status.ShouldBe(400, answer.ToString());
        ((string?)answer.Body["error"]!["param"]).ShouldBe(parameter);
        ((string)answer.Body["error"]!["message"]!).ShouldContain(message);
    }

    private static string[] Texts(JsonNode list) => [.. list.AsArray().Select(text => (string)text!)];
}
