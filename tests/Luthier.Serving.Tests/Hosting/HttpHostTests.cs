using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Luthier.Serving.Hosting;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Luthier.Serving.Tests.Hosting;

/// <summary>What every service has around its endpoints, over real sockets.</summary>
public sealed class HttpHostTests : IDisposable
{
    private const string Key = "a-key-of-this-test";

    private readonly LogLines log = new();
    private readonly TaskCompletionSource release = new();
    private readonly TaskCompletionSource entered = new();
    private readonly TaskCompletionSource aborted = new();

    public void Dispose() => log.Dispose();

    [Fact]
    public async Task Errors_have_a_body_and_every_answer_an_id()
    {
        await using var host = await StartAsync(new ServerOptions());
        using var client = Client(host);
        await CheckErrorAsync(client.GetAsync("/nowhere%0A"), 404, "NotFoundError", "there is nothing at /nowhere%0A");
        await CheckErrorAsync(
            client.GetAsync("/echo"),
            405,
            "MethodNotAllowedError",
            "/echo does not take GET, only POST"
        );
        await CheckErrorAsync(
            client.PostAsync("/fail", content: null),
            500,
            "InternalServerError",
            "the server failed"
        );
        log.Text.ShouldContain("a secret detail");

        var response = await client.PostAsync("/echo", Json("{\"a\":1}"));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.GetValues("X-Request-Id").Single().Length.ShouldBe(32);
        response.Headers.Contains("Server").ShouldBeFalse();

        using var named = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = Json("{}") };
        named.Headers.Add("X-Request-Id", "mine-7");
        (await client.SendAsync(named)).Headers.GetValues("X-Request-Id").Single().ShouldBe("mine-7");
    }

    [Theory]
    [InlineData("{\"a\":", "application/json", 400, "is not valid JSON at line 1, byte 6")]
    [InlineData("", "application/json", 400, "is not valid JSON")]
    [InlineData("[1]", "application/json", 400, "expected a JSON object, found a list")]
    [InlineData("{\"a\":1,\"a\":2}", "application/json", 400, "is not valid JSON")]
    [InlineData("{\"a\":\"\\ud800\"}", "application/json", 400, "field a: is not valid Unicode")]
    [InlineData("{}", "text/plain", 415, "the content type must be application/json, found 'text/plain'")]
    [InlineData("{}", "application/jsonp", 415, "found 'application/jsonp'")]
    public async Task A_bad_body_is_a_clear_error(string body, string type, int status, string message)
    {
        await using var host = await StartAsync(new ServerOptions());
        using var client = Client(host);
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        await CheckErrorAsync(client.PostAsync("/echo", content), status, type: null, message);
    }

    [Fact]
    public async Task A_deep_body_and_one_that_is_too_large_are_refused()
    {
        await using var host = await StartAsync(new ServerOptions { MaxBodyBytes = 10_000 });
        using var client = Client(host);
        var deep = new string('[', 4000);
        await CheckErrorAsync(
            client.PostAsync("/echo", Json("{\"a\":" + deep)),
            400,
            "BadRequestError",
            "is not valid JSON"
        );
        var large = Json($"{{\"a\":\"{new string('x', 10_000)}\"}}");
        await CheckErrorAsync(client.PostAsync("/echo", large), 413, "RequestTooLargeError", "too large");
    }

    [Fact]
    public async Task Only_the_key_opens_what_is_not_open_to_all()
    {
        await using var host = await StartAsync(new ServerOptions { ApiKeys = ["another", Key] });
        using var client = Client(host);
        (await client.GetAsync("/open")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await CheckErrorAsync(
            client.PostAsync("/echo", Json("{}")),
            401,
            "AuthenticationError",
            "a valid API key is needed"
        );
        await CheckErrorAsync(client.GetAsync("/nowhere"), 401, "AuthenticationError", "a valid API key is needed");
        foreach (
            var wrong in new[] { "Bearer", "Bearer ", $"Basic {Key}", $"Bearer {Key}x", Key, $"Bearer {Key[1..]}" }
        )
        {
            (await StatusAsync(client, wrong)).ShouldBe(401, wrong);
        }

        (await StatusAsync(client, $"Bearer {Key}")).ShouldBe(200);
        (await StatusAsync(client, "bearer another")).ShouldBe(200);
        log.Text.ShouldNotContain(Key);
    }

    [Fact]
    public async Task Without_a_key_a_name_that_is_not_this_machine_is_refused()
    {
        await using var host = await StartAsync(new ServerOptions());
        using var client = Client(host);
        foreach (var (name, status) in new[] { ("attacker.example", 403), ("localhost:1", 200), ("[::1]:80", 200) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/open");
            request.Headers.Host = name;
            ((int)(await client.SendAsync(request)).StatusCode).ShouldBe(status, name);
        }
    }

    [Fact]
    public async Task Beyond_the_limit_a_client_is_told_to_come_back()
    {
        await using var host = await StartAsync(new ServerOptions(), new Admission(limit: 1));
        using var client = Client(host);
        var first = client.PostAsync("/wait", content: null);
        await entered.Task;
        var second = client.PostAsync("/wait", content: null);
        await CheckErrorAsync(second, 429, "RateLimitError", "the server works on 1 requests already");
        (await second).Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        release.SetResult();
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.PostAsync("/wait", content: null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_its_request()
    {
        await using var host = await StartAsync(new ServerOptions());
        using var client = Client(host);
        using var gone = new CancellationTokenSource();
        var request = client.PostAsync("/wait", content: null, gone.Token);
        await entered.Task;
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(request);
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Stopping_lets_what_runs_finish_and_takes_nothing_new()
    {
        await using var host = await StartAsync(new ServerOptions());
        using var client = Client(host);
        var running = client.PostAsync("/wait", content: null);
        await entered.Task;
        var stopping = host.StopAsync(TimeSpan.FromSeconds(60));
        await Should.ThrowAsync<HttpRequestException>(async () =>
        {
            // The listener closes a moment after the call.
            for (; ; )
            {
                using var fresh = Client(host);
                (await fresh.PostAsync("/wait", content: null)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            }
        });
        release.SetResult();
        (await running).StatusCode.ShouldBe(HttpStatusCode.OK);
        await stopping;
    }

    [Fact]
    public async Task Stopping_cuts_off_what_takes_too_long()
    {
        await using var host = await StartAsync(new ServerOptions());
        using var client = Client(host);
        var running = client.PostAsync("/wait", content: null);
        await entered.Task;
        await host.StopAsync(TimeSpan.Zero);
        await Should.ThrowAsync<HttpRequestException>(running);
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Headers_that_do_not_come_in_time_end_the_connection()
    {
        await using var host = await StartAsync(new ServerOptions { HeaderTimeout = TimeSpan.FromMilliseconds(200) });
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes("POST /echo HTTP/1.1\r\nHost: localhost\r\nX-A"));
        var received = new byte[1000];
        var count = await socket.ReceiveAsync(received).WaitAsync(TimeSpan.FromSeconds(30));
        Encoding.ASCII.GetString(received, 0, count).ShouldStartWith("HTTP/1.1 408");
    }

    [Fact]
    public async Task Events_come_one_by_one_and_the_headers_with_the_first()
    {
        await using var host = await StartAsync(new ServerOptions());
        using var client = Client(host);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/events");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream; charset=utf-8");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).ShouldBe("data: {\"text\":\"a\\n\\\"é\\\"\"}");
        release.SetResult();
        (await reader.ReadToEndAsync()).ShouldBe(
            """

            data: {"error":{"message":"it broke","type":"BadRequestError","param":"x","code":400}}

            data: [DONE]


            """
        );
    }

    private static async Task CheckErrorAsync(
        Task<HttpResponseMessage> request,
        int status,
        string? type,
        string message
    )
    {
        var response = await request;
        var body = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, body);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        error.GetProperty("message").GetString()!.ShouldContain(message);
        error.GetProperty("code").GetInt32().ShouldBe(status);
        error.TryGetProperty("param", out _).ShouldBeTrue();
        error.GetProperty("type").GetString().ShouldBe(type ?? error.GetProperty("type").GetString());
    }

    private static async Task<int> StatusAsync(HttpClient client, string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = Json("{}") };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return (int)(await client.SendAsync(request)).StatusCode;
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static HttpClient Client(HttpHost host) => new() { BaseAddress = host.Address };

    private Task<HttpHost> StartAsync(ServerOptions options, Admission? admission = null) =>
        HttpHost.StartAsync(
            options with
            {
                Port = 0,
            },
            admission ?? new Admission(100),
            logging => logging.AddProvider(log),
            Map,
            CancellationToken.None
        );

    private void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/open", context => context.Response.WriteAsync("open")).WithMetadata(new OpenToAll());
        routes.MapPost("/fail", (RequestDelegate)(_ => throw new InvalidOperationException("a secret detail")));
        routes.MapPost("/echo", EchoAsync);
        routes.MapPost("/wait", WaitAsync).WithMetadata(new WorksModel());
        routes.MapPost("/events", SendEventsAsync);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context);
        body.ThrowIfWrong();
        await ResponseJson.WriteAsync(context, 200, writer => writer.WriteNumberValue(body.Root.MemberCount));
    }

    private async Task WaitAsync(HttpContext context)
    {
        entered.TrySetResult();
        try
        {
            await release.Task.WaitAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            aborted.TrySetResult();
            throw;
        }
    }

    private async Task SendEventsAsync(HttpContext context)
    {
        await using var events = new EventStream(context);
        await events.SendAsync(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("text", "a\n\"é\"");
            writer.WriteEndObject();
        });
        await release.Task;
        await events.FailAsync(ApiError.BadRequest("it broke", "x"));
        await events.EndAsync();
    }
}
