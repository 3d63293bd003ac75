namespace Luthier.Serving.Protocol;

/// <summary>What a client is told when its request can't be served: an HTTP status and the error object's fields.</summary>
/// <param name="Status">The HTTP status, which is the object's <c>code</c> too.</param>
/// <param name="Type">A stable word for programs.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Parameter">The field that is wrong, where it is one.</param>
internal sealed record ApiError(int Status, string Type, string Message, string? Parameter = null)
{
    /// <summary>When to try again, where it is only a matter of time.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ApiError BadRequest(string message, string? parameter = null) =>
        new(400, "BadRequestError", message, parameter);

    public static ApiError Unauthorized(string message) => new(401, "AuthenticationError", message);

    public static ApiError Forbidden(string message) => new(403, "PermissionDeniedError", message);

    public static ApiError NotFound(string message, string? parameter = null) =>
        new(404, "NotFoundError", message, parameter);

    public static ApiError MethodNotAllowed(string message) => new(405, "MethodNotAllowedError", message);

    public static ApiError RequestTimeout(string message) => new(408, "RequestTimeoutError", message);

    public static ApiError TooLarge(string message) => new(413, "RequestTooLargeError", message);

    public static ApiError UnsupportedMediaType(string message) => new(415, "UnsupportedMediaTypeError", message);

    public static ApiError TooManyRequests(string message, TimeSpan retryAfter) =>
        new(429, "RateLimitError", message) { RetryAfter = retryAfter };

    public static ApiError Internal() =>
        new(500, "InternalServerError", "the server failed to answer this request; its log says why");

    public static ApiError NotImplemented(string message, string? parameter = null) =>
        new(501, "NotImplementedError", message, parameter);

    public static ApiError Unavailable(string message, TimeSpan retryAfter) =>
        new(503, "ServiceUnavailableError", message) { RetryAfter = retryAfter };
}

/// <summary>Ends the handling of a request with an error for its client.</summary>
internal sealed class ApiException(ApiError error) : Exception(error.Message)
{
    public ApiError Error => error;
}
