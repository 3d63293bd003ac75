using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Serving.Models;
using Luthier.Tensors.Devices;
using Microsoft.Extensions.Logging;

namespace Luthier.Serving.Tests;

/// <summary>A real server with a real model on a free loopback port.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string ModelName = "test-model";

    private readonly Device device;
    private readonly ApiServer server;

    private TestServer(Device device, ServedModel model, ApiServer server, LogLines log)
    {
        this.device = device;
        this.server = server;
        Model = model;
        Log = log;
        Http = new HttpClient { BaseAddress = server.Address };
    }

    /// <summary>The folder of a small model that comes with the repository.</summary>
    public static string SmallModel { get; } = Path.Combine(TestData.RepositoryRoot, "samples/quickstart/base");

    public ServedModel Model { get; }

    public ApiServer Server => server;

    public LogLines Log { get; }

    public HttpClient Http { get; }

    public static async Task<TestServer> StartAsync(
        string? model = null,
        ModelOptions? options = null,
        ServerOptions? server = null
    )
    {
        var computes = TestDevice.Create(threads: 1);
        var log = new LogLines();
        options ??= new ModelOptions { Path = model ?? SmallModel };
        var served = await ServedModel.LoadAsync(options with { Names = [ModelName] }, computes);
        var running = await ApiServer.StartAsync(
            served,
            (server ?? new ServerOptions()) with
            {
                Port = 0,
            },
            logging => logging.AddProvider(log)
        );
        return new TestServer(computes, served, running, log);
    }

    /// <summary>Posts JSON and reads the JSON answer, whatever its status.</summary>
    public async Task<Answer> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(path, content);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, JsonNode.Parse(text)!);
    }

    public async Task<Answer> GetAsync(string path)
    {
        using var response = await Http.GetAsync(path);
        return new Answer((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    /// <summary>Posts JSON and reads all events of the answer, without the last.</summary>
    public async Task<IReadOnlyList<JsonNode>> StreamAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(path, content);
        var text = await response.Content.ReadAsStringAsync();
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream", text);
        text.ShouldEndWith("data: [DONE]\n\n");
        return
        [
            .. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[..^1]
                .Select(e => JsonNode.Parse(e["data: ".Length..])!),
        ];
    }

    /// <summary>Waits until no request runs or waits and no block of the cache is held.</summary>
    public async Task UntilIdleAsync()
    {
        var metrics = Model.Engine.Metrics;
        for (var tries = 0; tries < 3000; tries++)
        {
            if (metrics.Running.Value == 0 && metrics.Waiting.Value == 0 && metrics.FreeBlocks.Value == metrics.Blocks)
            {
                return;
            }

            await Task.Delay(10);
        }

        throw new TimeoutException($"{metrics.Running.Value} requests run, {metrics.Waiting.Value} wait");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await server.DisposeAsync();
        await Model.DisposeAsync();
        device.Dispose();
        Log.Dispose();
    }
}

/// <summary>A status and a body.</summary>
internal sealed record Answer(int Status, JsonNode Body)
{
    public JsonNode Choice => Body["choices"]![0]!;

    public string Text => Choice["text"]!.GetValue<string>();

    /// <summary>The body, for messages.</summary>
    public override string ToString() => $"{Status} {Body.ToJsonString(JsonSerializerOptions.Web)}";
}

/// <summary>A server that the tests of a class share.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    internal TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
