using System.Text.Json.Nodes;
using Luthier.Formats.Json;

namespace Luthier.Serving.Tests.Completions;

/// <summary>Texts of <c>/v1/completions</c>.</summary>
public sealed class CompletionsTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Path = "/v1/completions";

    private readonly TestServer server = shared.Server;

    [Fact]
    public async Task A_real_model_tells_the_same_stories()
    {
        var folder = TestData.Shared("data/stories260k");
        await using var stories = await TestServer.StartAsync(folder);
        foreach (var story in JsonFile.Read(System.IO.Path.Combine(folder, "greedy.json")).Items())
        {
            var prompt = story["prompt"].AsString();
            var expected = story["greedy_ids"].Items().Select(id => id.AsInt32()).ToArray();
            var body = new JsonObject
            {
                ["prompt"] = prompt,
                ["temperature"] = 0,
                ["max_tokens"] = expected.Length,
                ["return_token_ids"] = true,
            };
            var whole = await stories.PostAsync(Path, body.ToJsonString());
            whole.Status.ShouldBe(200, whole.ToString());
            whole.Text.ShouldBe(story["text"].AsString()[prompt.Length..]);
            Ids(whole.Choice["token_ids"]!).ShouldBe(expected);
            Ids(whole.Choice["prompt_token_ids"]!).ShouldBe(story["prompt_ids"].Items().Select(id => id.AsInt32()));
            whole.Body["usage"]!["completion_tokens"]!.GetValue<int>().ShouldBe(expected.Length);

            body["stream"] = true;
            body["echo"] = true;
            var parts = await stories.StreamAsync(Path, body.ToJsonString());
            string.Concat(parts.Select(part => (string?)part["choices"]![0]!["text"]))
                .ShouldBe(story["text"].AsString());
            parts.SelectMany(part => Ids(part["choices"]![0]!["token_ids"]!)).ShouldBe(expected);
        }
    }

    [Fact]
    public async Task Every_form_of_prompt_is_continued()
    {
        var ids = server.Model.Tokenizer.Encode("The news of the day");
        var list = string.Join(',', ids);
        var single = await server.PostAsync(
            Path,
            "{\"prompt\":\"The news of the day\",\"temperature\":0,\"ignore_eos\":true}"
        );
        single.Body["usage"]!["prompt_tokens"]!.GetValue<int>().ShouldBe(ids.Length);
        single.Body["usage"]!["completion_tokens"]!.GetValue<int>().ShouldBe(16);
        foreach (var prompt in (string[])["[\"The news of the day\"]", $"[{list}]", $"[[{list}]]"])
        {
            var other = await server.PostAsync(Path, $$"""{"prompt":{{prompt}},"temperature":0,"ignore_eos":true}""");
            other.Text.ShouldBe(single.Text, prompt);
        }

        var several = await server.PostAsync(
            Path,
            $$"""{"prompt":["Sports",[{{list}}]],"temperature":0,"n":2,"echo":true,"ignore_eos":true}"""
        );
        var choices = several.Body["choices"]!.AsArray();
        choices.Select(choice => (int)choice!["index"]!).ShouldBe([0, 1, 2, 3]);
        choices
            .Take(2)
            .ShouldAllBe(choice => ((string)choice!["text"]!).StartsWith("Sports", StringComparison.Ordinal));
        ((string)choices[3]!["text"]!).ShouldBe("The news of the day" + single.Text);
        several.Body["usage"]!["completion_tokens"]!.GetValue<int>().ShouldBe(64);
    }

    [Fact]
    public async Task A_stream_has_the_parts_of_the_whole()
    {
        const string Body = """{"prompt":["One","Two"],"n":2,"seed":3,"max_tokens":12,"ignore_eos":true""";
        var whole = await server.PostAsync(Path, Body + "}");
        var parts = await server.StreamAsync(
            Path,
            Body + ""","stream":true,"stream_options":{"include_usage":true}}"""
        );
        for (var index = 0; index < 4; index++)
        {
            var choices = parts
                .Select(part => part["choices"]!.AsArray().FirstOrDefault())
                .Where(choice => choice is not null && (int)choice["index"]! == index)
                .ToArray();
            var expected = whole.Body["choices"]![index]!;
            string.Concat(choices.Select(choice => (string?)choice!["text"])).ShouldBe((string?)expected["text"]);
            choices.Count(choice => choice!["finish_reason"] is not null).ShouldBe(1);
            ((string?)choices[^1]!["finish_reason"]).ShouldBe((string?)expected["finish_reason"]);
        }

        parts.Select(part => (string?)part["id"]).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
        parts.Select(part => (long)part["created"]!).Distinct().Count().ShouldBe(1);
        parts.Take(parts.Count - 1).ShouldAllBe(part => part["usage"] == null);
        parts[^1]["choices"]!.AsArray().ShouldBeEmpty();
        parts[^1]["usage"]!["completion_tokens"]!.ToJsonString().ShouldBe("48");
    }

    [Theory]
    [InlineData("""{"prompt":5}""", "prompt", "field prompt: expected a string, a list of strings")]
    [InlineData("""{}""", null, "field prompt is missing")]
    [InlineData("""{"prompt":[]}""", "prompt", "expected a string, a list of strings")]
    [InlineData("""{"prompt":[1,"a"]}""", "prompt[1]", "expected an integer from 0 to 4095, found \"a\"")]
    [InlineData("""{"prompt":[[1],[4096]]}""", "prompt[1][0]", "expected an integer from 0 to 4095, found 4096")]
    [InlineData("""{"prompt":"a","max_tokens":0}""", "max_tokens", "expected an integer of 1 or more, found 0")]
    [InlineData("""{"prompt":"a","temperature":-1}""", "temperature", "expected a number from 0 to 100, found -1")]
    [InlineData("""{"prompt":"a","temperature":"hot"}""", "temperature", "found \"hot\"")]
    [InlineData("""{"prompt":"a","top_p":0}""", "top_p", "expected a number above 0 and at most 1, found 0")]
    [InlineData("""{"prompt":"a","top_k":-2}""", "top_k", "expected an integer of -1 or more, found -2")]
    [InlineData("""{"prompt":"a","n":0}""", "n", "expected an integer from 1 to 128, found 0")]
    [InlineData("""{"prompt":"a","stop":[1]}""", "stop[0]", "expected a string, found 1")]
    [InlineData("""{"prompt":"a","stream":"yes"}""", "stream", "expected true or false, found \"yes\"")]
    [InlineData("""{"prompt":"a","stream_options":{}}""", null, "field stream_options: needs stream true")]
    [InlineData("""{"prompt":"a","logit_bias":{"x":1}}""", "logit_bias.x", "must be a token id from 0 to 4095")]
    [InlineData("""{"prompt":"a","logit_bias":{"1":101}}""", "logit_bias.1", "expected a number from -100 to 100")]
    [InlineData("""{"prompt":"a","max_tokens":2000}""", "max_tokens", "maximum context length is 1024 tokens")]
    [InlineData("""{"prompt":"a","n":0,"top_p":2}""", "top_p", "found 2; field n: expected")]
    public async Task A_wrong_field_is_named(string body, string? parameter, string message)
    {
        var answer = await server.PostAsync(Path, body);
        answer.Status.ShouldBe(400, answer.ToString());
        var error = answer.Body["error"]!;
        ((string?)error["type"]).ShouldBe("BadRequestError");
        ((string?)error["param"]).ShouldBe(parameter);
        ((string)error["message"]!).ShouldContain(message);
    }

    [Theory]
    [InlineData("""{"prompt":"a","model":"other"}""", 404, "NotFoundError", "model")]
    [InlineData("""{"prompt":"a","suffix":"b"}""", 501, "NotImplementedError", "suffix")]
    [InlineData("""{"prompt":"a","use_beam_search":true}""", 501, "NotImplementedError", "use_beam_search")]
    public async Task What_is_not_there_is_said(string body, int status, string type, string parameter)
    {
        var answer = await server.PostAsync(Path, body);
        answer.Status.ShouldBe(status, answer.ToString());
        ((string?)answer.Body["error"]!["type"]).ShouldBe(type);
        ((string?)answer.Body["error"]!["param"]).ShouldBe(parameter);
    }

    [Fact]
    public async Task A_prompt_that_is_too_long_is_refused_or_truncated()
    {
        var ids = string.Join(',', Enumerable.Repeat(7, 1500));
        var refused = await server.PostAsync(Path, $$"""{"prompt":[{{ids}}]}""");
        refused.Status.ShouldBe(400);
        ((string?)refused.Body["error"]!["param"]).ShouldBe("prompt");
        ((string)refused.Body["error"]!["message"]!).ShouldContain("is 1024 tokens, but the prompt has 1500");
        foreach (var (keep, kept) in new[] { (20, 20), (-1, 1024 - 16) })
        {
            var truncated = await server.PostAsync(
                Path,
                $$"""{"prompt":[{{ids}}],"truncate_prompt_tokens":{{keep}}}"""
            );
            truncated.Status.ShouldBe(200, truncated.ToString());
            truncated.Body["usage"]!["prompt_tokens"]!.GetValue<int>().ShouldBe(kept);
        }
    }

    [Fact]
    public async Task A_prompt_alone_can_be_echoed()
    {
        var answer = await server.PostAsync(Path, """{"prompt":"Just this","echo":true,"max_tokens":0}""");
        answer.Text.ShouldBe("Just this");
        ((string?)answer.Choice["finish_reason"]).ShouldBe("length");
        var parts = await server.StreamAsync(Path, """{"prompt":"This","echo":true,"max_tokens":0,"stream":true}""");
        ((string?)parts.Single()["choices"]![0]!["text"]).ShouldBe("This");
    }

    [Fact]
    public async Task Stop_tokens_and_strings_end_a_text_and_are_named()
    {
        const string Start =
            """{"prompt":"The news of the day","temperature":0,"return_token_ids":true,"ignore_eos":true""";
        var plain = await server.PostAsync(Path, Start + "}");
        var ids = Ids(plain.Choice["token_ids"]!).ToArray();
        var byToken = await server.PostAsync(Path, Start + $$""","stop_token_ids":[{{ids[3]}}]}""");
        ((int)byToken.Choice["stop_reason"]!).ShouldBe(ids[3]);
        ((string?)byToken.Choice["finish_reason"]).ShouldBe("stop");

        var stop = plain.Text[4..8];
        var byText = await server.PostAsync(Path, Start + $$""","stop":{{JsonValue.Create(stop).ToJsonString()}}}""");
        byText.Text.ShouldBe(plain.Text[..plain.Text.IndexOf(stop, StringComparison.Ordinal)]);
        ((string?)byText.Choice["stop_reason"]).ShouldBe(stop);
    }

    private static IEnumerable<int> Ids(JsonNode list) => list.AsArray().Select(id => (int)id!);
}
