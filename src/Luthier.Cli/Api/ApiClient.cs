using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Luthier.Cli.Api;

/// <summary>Talks to a server with OpenAI's API, ours or another. Whatever goes wrong is an <see cref="ApiClientException"/>.</summary>
internal sealed class ApiClient : IDisposable
{
    private const string EndOfStream = "[DONE]";

    private readonly HttpClient http;

    /// <param name="url">The server, with or without <c>/v1</c> at the end.</param>
    /// <param name="key">What it asks for, if anything.</param>
    /// <param name="timeout">The longest that a server may take for an answer or the next part of it.</param>
    public ApiClient(Uri url, string? key, TimeSpan timeout)
    {
        var text = url.AbsoluteUri.TrimEnd('/');
        text = text.EndsWith("/v1", StringComparison.Ordinal) ? text[..^3] : text;
        Timeout = timeout;
        http = new HttpClient
        {
            BaseAddress = new Uri(text + "/"),
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
        if (key is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public Uri Url => http.BaseAddress!;

    private TimeSpan Timeout { get; }

    /// <summary>The name of the first model that the server lists.</summary>
    public async Task<string> FirstModelAsync(CancellationToken cancellation)
    {
        var list = await SendAsync(HttpMethod.Get, "v1/models", body: null, cancellation);
        return
            list.TryGetProperty("data", out var data)
            && data.ValueKind == JsonValueKind.Array
            && data.GetArrayLength() > 0
            && data[0].TryGetProperty("id", out var id)
            && id.GetString() is { } name
            ? name
            : throw new ApiClientException($"{Url}v1/models: lists no model");
    }

    /// <summary>Posts a body and reads the JSON answer.</summary>
    public Task<JsonElement> PostAsync(string path, JsonObject body, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, path, body, cancellation);

    /// <summary>Posts a body that asks for a stream and gives its events as they come, without the last one.</summary>
    public async IAsyncEnumerable<JsonElement> StreamAsync(
        string path,
        JsonObject body,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var response = await StartAsync(HttpMethod.Post, path, body, limit, cancellation);
        await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
        await using var events = SseParser.Create(stream).EnumerateAsync(limit.Token).GetAsyncEnumerator(limit.Token);
        while (true)
        {
            limit.CancelAfter(Timeout);
            var data = await GuardAsync(NextAsync(events), path, cancellation);
            if (data is null)
            {
                throw new ApiClientException($"{Url}{path}: the stream ended before {EndOfStream}");
            }

            if (string.Equals(data, EndOfStream, StringComparison.Ordinal))
            {
                yield break;
            }

            var value = Parse(data, path);
            yield return ErrorIn(value) is { } error ? throw new ApiClientException($"{Url}{path}: {error}") : value;
        }
    }

    public void Dispose() => http.Dispose();

    private static async Task<string?> NextAsync(IAsyncEnumerator<SseItem<string>> events) =>
        await events.MoveNextAsync() ? events.Current.Data : null;

    private async Task<JsonElement> SendAsync(
        HttpMethod method,
        string path,
        JsonObject? body,
        CancellationToken cancellation
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var response = await StartAsync(method, path, body, limit, cancellation);
        return Parse(await GuardAsync(response.Content.ReadAsStringAsync(limit.Token), path, cancellation), path);
    }

    private async Task<HttpResponseMessage> StartAsync(
        HttpMethod method,
        string path,
        JsonObject? body,
        CancellationTokenSource limit,
        CancellationToken cancellation
    )
    {
        limit.CancelAfter(Timeout);
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        var sent = http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        var response = await GuardAsync(sent, path, cancellation);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var answer = await GuardAsync(response.Content.ReadAsStringAsync(limit.Token), path, cancellation);
            throw new ApiClientException($"{Url}{path}: {(int)response.StatusCode} {MessageIn(answer)}".TrimEnd());
        }
    }

    // The transport's own exceptions say little of where they come from.
    private async Task<T> GuardAsync<T>(Task<T> task, string path, CancellationToken cancellation)
    {
        try
        {
            return await task;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ApiClientException($"{Url}{path}: no answer within {Timeout.TotalSeconds} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException and not ApiClientException)
        {
            throw new ApiClientException($"{Url}{path}: {exception.Message}", exception);
        }
    }

    private JsonElement Parse(string text, string path)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new ApiClientException($"{Url}{path}: the answer is not valid JSON", exception);
        }
    }

    private static string MessageIn(string answer)
    {
        try
        {
            return ErrorIn(JsonElement.Parse(answer)) ?? "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    private static string? ErrorIn(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty("error", out var error)
        && error.ValueKind == JsonValueKind.Object
            ? error.TryGetProperty("message", out var message)
                ? message.ToString()
                : "the server reports an error"
            : null;
}

/// <summary>A server can't be reached, refuses, or doesn't answer as it should; one sentence that names the address.</summary>
internal sealed class ApiClientException(string message, Exception? inner = null) : IOException(message, inner);
