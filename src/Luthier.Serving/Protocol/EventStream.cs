using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Protocol;

/// <summary>
/// An answer in parts, as server-sent events: each a JSON value behind <c>data: </c>, the last one <c>[DONE]</c>. The
/// status and headers go out with the first event, so that what fails before it is an ordinary error.
/// </summary>
internal sealed class EventStream(HttpContext context) : IAsyncDisposable
{
    private readonly Utf8JsonWriter writer = ResponseJson.CreateWriter(context.Response.BodyWriter);

    /// <summary>Sends one event at once.</summary>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async ValueTask SendAsync(Action<Utf8JsonWriter> write)
    {
        Start();
        Append("data: "u8);
        write(writer);
        writer.Flush();
        writer.Reset();
        Append("\n\n"u8);
        await FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Sends an error as the last event before the end.</summary>
    public ValueTask FailAsync(ApiError error) => SendAsync(json => ErrorResponse.Write(json, error));

    /// <summary>Says that there is no more.</summary>
    public ValueTask EndAsync()
    {
        Start();
        Append("data: [DONE]\n\n"u8);
        return FlushAsync();
    }

    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private void Start()
    {
        var response = context.Response;
        if (!response.HasStarted)
        {
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentType = "text/event-stream; charset=utf-8";
            response.Headers.CacheControl = "no-cache";
            // Proxies that gather answers would undo the streaming.
            response.Headers["X-Accel-Buffering"] = "no";
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        var output = context.Response.BodyWriter;
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }

    private async ValueTask FlushAsync()
    {
        var result = await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        if (result.IsCompleted || result.IsCanceled)
        {
            throw new OperationCanceledException("the client is gone");
        }
    }
}
