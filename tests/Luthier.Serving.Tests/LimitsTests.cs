using System.Text;
using Luthier.Generation;
using Luthier.Generation.Engine;
using Luthier.Serving.Models;

namespace Luthier.Serving.Tests;

/// <summary>What happens to requests that come too many, too large, or are left.</summary>
public sealed class LimitsTests
{
    private const string Completions = "/v1/completions";
    private const string Endless = """{"prompt":"x","max_tokens":900,"ignore_eos":true}""";

    [Fact]
    public async Task A_queue_that_is_full_tells_clients_to_come_back()
    {
        await using var server = await StartAsync(new EngineOptions { MaxSequences = 1, MaxWaiting = 1 });
        using var leaving = new CancellationTokenSource();
        var running = SendAsync(server, Endless, leaving.Token);
        await UntilAsync(() => server.Model.Engine.Metrics.Running.Value == 1);
        var waiting = SendAsync(server, Endless, leaving.Token);
        await UntilAsync(() => server.Model.Engine.Metrics.Waiting.Value == 1);

        using var refused = await SendAsync(server, Endless, CancellationToken.None);
        ((int)refused.StatusCode).ShouldBe(429);
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        (await refused.Content.ReadAsStringAsync()).ShouldContain("RateLimitError");
        // Of several texts all or none are taken.
        (await server.PostAsync(Completions, """{"prompt":["x","y"],"n":2}""")).Status.ShouldBe(429);

        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        await server.UntilIdleAsync();
        (await server.PostAsync(Completions, """{"prompt":"x","max_tokens":1}""")).Status.ShouldBe(200);
        server.Model.Engine.Metrics.Finished(FinishReason.Cancelled).Value.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public async Task A_client_that_leaves_while_its_prompt_is_computed_frees_it_at_once()
    {
        var options = new EngineOptions { MaxSequences = 1, MaxBatchedTokens = 1 };
        await using var server = await StartAsync(options);
        var prompt = string.Join(',', Enumerable.Repeat(7, 1000));
        using var leaving = new CancellationTokenSource();
        var metrics = server.Model.Engine.Metrics;
        var request = SendAsync(server, $$"""{"prompt":[{{prompt}}],"max_tokens":2}""", leaving.Token);
        await UntilAsync(() => metrics.IterationTokens.Sum > 3);
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(request);
        await server.UntilIdleAsync();
        metrics.IterationTokens.Sum.ShouldBeLessThan(1000);
        metrics.GenerationTokens.Value.ShouldBe(0);
    }

    [Fact]
    public async Task A_client_that_leaves_a_stream_frees_all_its_texts()
    {
        await using var server = await StartAsync(new EngineOptions { MaxSequences = 8 });
        using var client = new HttpClient { BaseAddress = server.Server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions)
        {
            Content = Json("""{"prompt":["x","y"],"n":3,"max_tokens":900,"ignore_eos":true,"stream":true}"""),
        };
        using (var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            await using var stream = await response.Content.ReadAsStreamAsync();
            (await stream.ReadAsync(new byte[100])).ShouldBeGreaterThan(0);
        }

        await server.UntilIdleAsync();
        server.Model.Engine.Metrics.GenerationTokens.Value.ShouldBeLessThan(6 * 900);
        await UntilAsync(() => server.Log.Text.Contains(" 499:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using var server = await TestServer.StartAsync(server: new ServerOptions { MaxBodyBytes = 1000 });
        var answer = await server.PostAsync(Completions, $$"""{"prompt":"{{new string('x', 1000)}}"}""");
        answer.Status.ShouldBe(413, answer.ToString());
        ((string?)answer.Body["error"]!["type"]).ShouldBe("RequestTooLargeError");
    }

    [Fact]
    public async Task Stopping_ends_what_runs_within_the_time()
    {
        await using var server = await StartAsync(new EngineOptions());
        var running = server.StreamAsync(
            Completions,
            """{"prompt":"x","max_tokens":200,"ignore_eos":true,"stream":true}"""
        );
        await UntilAsync(() => server.Model.Engine.Metrics.Running.Value == 1);
        await server.Server.StopAsync(TimeSpan.FromMinutes(1));
        (await running).Count.ShouldBe(200);
    }

    [Fact]
    public async Task An_error_within_a_stream_is_its_last_event()
    {
        await using var server = await StartAsync(new EngineOptions());
        var events = server.StreamAsync(
            "/v1/completions",
            """{"prompt":["x","y"],"max_tokens":900,"ignore_eos":true,"stream":true}"""
        );
        await UntilAsync(() => server.Model.Engine.Metrics.GenerationTokens.Value > 4);
        await server.Model.Engine.DisposeAsync();
        var received = await events;
        received[0]["choices"].ShouldNotBeNull();
        ((string?)received[^1]["error"]!["type"]).ShouldBe("ServiceUnavailableError");
        ((int)received[^1]["error"]!["code"]!).ShouldBe(503);
        var whole = await server.PostAsync(Completions, """{"prompt":"x"}""");
        whole.Status.ShouldBe(503, whole.ToString());
        (await server.PostAsync("/v1/embeddings", """{"input":"x"}""")).Status.ShouldBe(503);
    }

    [Fact]
    public async Task What_is_no_HTTP_ends_the_connection_only()
    {
        await using var server = await StartAsync(new EngineOptions());
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            using var socket = new System.Net.Sockets.TcpClient();
            await socket.ConnectAsync(server.Server.Address.Host, server.Server.Address.Port);
            await socket.GetStream().WriteAsync(bytes);
        }

        (await server.PostAsync(Completions, """{"prompt":"x","max_tokens":1}""")).Status.ShouldBe(200);
    }

    private static Task<TestServer> StartAsync(EngineOptions engine) =>
        TestServer.StartAsync(options: new ModelOptions { Path = TestServer.SmallModel, Engine = engine });

    private static async Task<HttpResponseMessage> SendAsync(TestServer server, string body, CancellationToken leaving)
    {
        using var content = Json(body);
        return await server.Http.PostAsync(Completions, content, leaving);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var tries = 0; !holds(); tries++)
        {
            tries.ShouldBeLessThan(30_000);
            await Task.Delay(1);
        }
    }
}
