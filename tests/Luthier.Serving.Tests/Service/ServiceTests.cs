using System.Net;
using Luthier.Text;

namespace Luthier.Serving.Tests.Service;

/// <summary>The endpoints beside the texts: probes, models, tokens.</summary>
public sealed class ServiceTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer server = shared.Server;

    [Fact]
    public async Task Probes_are_answered_without_a_body()
    {
        foreach (var path in (string[])["/health", "/ping"])
        {
            using var get = await server.Http.GetAsync(path);
            get.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await get.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
            using var head = new HttpRequestMessage(HttpMethod.Head, path);
            (await server.Http.SendAsync(head)).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await server.Http.PostAsync("/ping", content: null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.Http.GetStringAsync("/version")).ShouldMatch("""^\{"version":"\d+\.\d+\.\d+"\}$""");
        (await server.Http.GetStringAsync("/load")).ShouldBe("{\"server_load\":0}");
    }

    [Fact]
    public async Task A_server_that_stops_is_not_healthy()
    {
        await using var stopping = await TestServer.StartAsync();
        await stopping.Model.Engine.DrainAsync();
        var refused = await stopping.PostAsync("/v1/completions", """{"prompt":"a"}""");
        refused.Status.ShouldBe(503, refused.ToString());
        ((string?)refused.Body["error"]!["type"]).ShouldBe("ServiceUnavailableError");
    }

    [Fact]
    public async Task Models_are_listed_and_found_by_name()
    {
        var list = await server.GetAsync("/v1/models");
        ((string?)list.Body["object"]).ShouldBe("list");
        var card = list.Body["data"]!.AsArray().Single()!;
        ((string?)card["id"]).ShouldBe(TestServer.ModelName);
        ((string?)card["object"]).ShouldBe("model");
        ((string?)card["root"]).ShouldBe(TestServer.SmallModel);
        card["parent"].ShouldBeNull();
        ((int)card["max_model_len"]!).ShouldBe(1024);
        ((long)card["created"]!).ShouldBeGreaterThan(1_700_000_000);

        var found = await server.GetAsync($"/v1/models/{TestServer.ModelName}");
        found.Body.ToJsonString().ShouldBe(card.ToJsonString());
        (await server.GetAsync("/v1/models/a/b")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Text_becomes_tokens_and_tokens_text()
    {
        const string Text = "Good news, día uno";
        var tokenizer = Tokenizer.Load(TestServer.SmallModel);
        var answer = await server.PostAsync("/tokenize", $$"""{"prompt":"{{Text}}","return_token_strs":true}""");
        var ids = tokenizer.Encode(Text);
        answer.Body["tokens"]!.AsArray().Select(id => (int)id!).ShouldBe(ids);
        ((int)answer.Body["count"]!).ShouldBe(ids.Length);
        ((int)answer.Body["max_model_len"]!).ShouldBe(1024);
        answer.Body["token_strs"]!.AsArray().Select(text => (string?)text).ShouldBe(ids.Select(tokenizer.TokenOf));

        var bare = await server.PostAsync("/tokenize", $$"""{"prompt":"{{Text}}","add_special_tokens":false}""");
        bare.Body["tokens"]!.AsArray().Count.ShouldBe(ids.Length - 1);
        bare.Body["token_strs"].ShouldBeNull();
        var back = await server.PostAsync("/detokenize", $$"""{"tokens":{{bare.Body["tokens"]!.ToJsonString()}}}""");
        ((string?)back.Body["prompt"]).ShouldBe(Text);
    }

    [Theory]
    [InlineData("/tokenize", """{"prompt":1}""", 400, "prompt")]
    [InlineData("/tokenize", """{}""", 400, null)]
    [InlineData("/tokenize", """{"prompt":"a","model":"x"}""", 404, "model")]
    [InlineData("/detokenize", """{"tokens":[1,-1]}""", 400, "tokens[1]")]
    [InlineData("/detokenize", """{"tokens":"1"}""", 400, "tokens")]
    public async Task Wrong_fields_are_named(string path, string body, int status, string? parameter)
    {
        var answer = await server.PostAsync(path, body);
        answer.Status.ShouldBe(status, answer.ToString());
        ((string?)answer.Body["error"]!["param"]).ShouldBe(parameter);
    }
}
