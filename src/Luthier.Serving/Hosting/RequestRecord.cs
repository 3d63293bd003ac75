using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Hosting;

/// <summary>What the log says of a request, filled in while it is served. Nothing of its content is kept.</summary>
internal sealed class RequestRecord(string id)
{
    private const int MaxIdLength = 128;

    /// <summary>The client's X-Request-Id, else one of ours.</summary>
    public string Id { get; } = id;

    public int PromptTokens { get; set; }

    public int CompletionTokens { get; set; }

    /// <summary>From the request's arrival to its first token.</summary>
    public TimeSpan? FirstToken { get; set; }

    /// <summary>The error's type, where one was answered.</summary>
    public string? Error { get; private set; }

    /// <summary>What the client must not know of an error.</summary>
    public Exception? Failure { get; private set; }

    public void Fail(ApiError error, Exception? failure = null)
    {
        Error = error.Type;
        Failure = error.Status == StatusCodes.Status500InternalServerError ? failure : null;
    }

    public void Leave() => Error = "client gone";

    public static RequestRecord Of(HttpContext context) =>
        context.Features.Get<RequestRecord>() ?? throw new InvalidOperationException("the request has no record");

    /// <summary>Whether an id from outside is short and plain enough to be repeated in headers, answers and logs.</summary>
    public static bool IsPlain(string? id) =>
        id is { Length: > 0 and <= MaxIdLength }
        && id.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' or ':');

    public static string NewId() => Guid.NewGuid().ToString("N");
}
