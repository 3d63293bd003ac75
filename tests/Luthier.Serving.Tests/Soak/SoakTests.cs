using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Luthier.Generation.Engine;
using Luthier.Serving.Models;
using Luthier.Serving.Tests.Chat;

namespace Luthier.Serving.Tests.Soak;

/// <summary>
/// Thousands of requests of all kinds, good, bad and left halfway: afterwards nothing is held. LUTHIER_SOAK_SECONDS makes
/// it go on for so long instead of for a number of requests.
/// </summary>
public sealed class SoakTests
{
    private const int Requests = 2000;
    private const int Clients = 12;
    private const long MemoryGrowth = 24L << 20;

    private static readonly int[] Expected = [200, 400, 404, 415, 429, 501];

    private readonly ConcurrentDictionary<int, int> statuses = new();

    [Fact]
    public async Task Nothing_is_left_of_thousands_of_requests()
    {
        await using var server = await TestServer.StartAsync(
            options: new ModelOptions
            {
                Path = TestServer.SmallModel,
                ChatTemplate = ChatServer.Template,
                // Little enough that requests wait, are refused and lose their blocks.
                Engine = new EngineOptions
                {
                    Blocks = 96,
                    MaxSequences = 8,
                    MaxBatchedTokens = 128,
                    MaxWaiting = 16,
                },
            }
        );
        var seconds = Environment.GetEnvironmentVariable("LUTHIER_SOAK_SECONDS");
        var time = string.IsNullOrEmpty(seconds)
            ? (TimeSpan?)null
            : TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));

        await RunAsync(server, time / 10, Requests / 4, seed: 1);
        var before = await MemoryAsync(server);
        await RunAsync(server, time, Requests, seed: 2);
        var after = await MemoryAsync(server);

        statuses.Keys.Except(Expected).ShouldBeEmpty(server.Log.Text);
        statuses[200].ShouldBeGreaterThan(Requests / 4);
        statuses[400].ShouldBeGreaterThan(Requests / 20);
        (after - before).ShouldBeLessThan(MemoryGrowth);
        server.Model.Engine.Fault.ShouldBeNull();
        (await server.Http.GetStringAsync("/load")).ShouldBe("{\"server_load\":0}");
        (await server.PostAsync("/v1/completions", """{"prompt":"x"}""")).Status.ShouldBe(200);
    }

    private static async Task<long> MemoryAsync(TestServer server)
    {
        await server.UntilIdleAsync();
        server.Log.Clear();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private async Task RunAsync(TestServer server, TimeSpan? time, int requests, int seed)
    {
        var start = Stopwatch.GetTimestamp();
        var left = requests;
        await Task.WhenAll(
            Enumerable
                .Range(0, Clients)
                .Select(client =>
                    Task.Run(async () =>
                    {
                        var random = new Random((seed * 1000) + client);
                        while (
                            time is { } t ? Stopwatch.GetElapsedTime(start) < t : Interlocked.Decrement(ref left) >= 0
                        )
                        {
                            await SendAsync(server, random);
                        }
                    })
                )
        );
    }

    private async Task SendAsync(TestServer server, Random random)
    {
        var (path, body) = Good(random);
        var isBad = random.Next(4) == 0;
        using var content = isBad
            ? new ByteArrayContent(new BadBodies(random).Spoil(body))
            : new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()));
        content.Headers.ContentType = new MediaTypeHeaderValue(
            random.Next(50) == 0 ? "text/plain" : "application/json"
        );
        using var leaving = new CancellationTokenSource();
        if (random.Next(5) == 0)
        {
            leaving.CancelAfter(random.Next(60));
        }

        try
        {
            using var response = await server.Http.PostAsync(path, content, leaving.Token);
            var text = await response.Content.ReadAsStringAsync(leaving.Token);
            statuses.AddOrUpdate((int)response.StatusCode, 1, (_, count) => count + 1);
            if (
                !isBad
                && response.IsSuccessStatusCode
                && body["stream"] is not null
                && path.StartsWith("/v1", StringComparison.Ordinal)
            )
            {
                text.ShouldEndWith("data: [DONE]\n\n");
                text.ShouldNotContain("\"error\"");
            }
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested) { }
    }

    private static (string Path, JsonObject Body) Good(Random random)
    {
        var text = string.Join(
            ' ',
            Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.Next(2) == 0 ? "news" : "day")
        );
        var body = new JsonObject { ["max_tokens"] = random.Next(1, 30), ["temperature"] = random.Next(3) * 0.5 };
        if (random.Next(3) == 0)
        {
            body["stream"] = true;
        }

        if (random.Next(4) == 0)
        {
            body["n"] = random.Next(1, 4);
        }

        switch (random.Next(8))
        {
            case 0:
                return ("/v1/embeddings", new JsonObject { ["input"] = text });
            case 1:
                return ("/tokenize", new JsonObject { ["prompt"] = text });
            case 2:
                body["prompt"] = text;
                return ("/generate", body);
            case 3 or 4:
                body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text });
                return ("/v1/chat/completions", body);
            default:
                body["prompt"] = text;
                return ("/v1/completions", body);
        }
    }
}
