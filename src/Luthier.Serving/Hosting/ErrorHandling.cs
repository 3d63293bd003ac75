using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Luthier.Serving.Hosting;

/// <summary>Turns whatever ends a request into an error answer, and unanswered statuses into one with a body.</summary>
internal sealed partial class ErrorHandling(ILogger<ErrorHandling> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
            await DescribeStatusAsync(context).ConfigureAwait(false);
        }
        catch (ApiException exception)
        {
            await AnswerAsync(context, exception.Error).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            await AnswerAsync(context, ErrorOf(exception)).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or IOException
                && context.RequestAborted.IsCancellationRequested
            )
        {
            RequestRecord.Of(context).Leave();
        }
#pragma warning disable CA1031 // The last place that can answer.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // Before the client can know of it.
            Log.Failed(logger, RequestRecord.Of(context).Id, exception);
            await AnswerAsync(context, ApiError.Internal()).ConfigureAwait(false);
        }

        if (RequestRecord.Of(context) is { Failure: { } failure } record)
        {
            Log.Failed(logger, record.Id, failure);
        }
    }

    private static Task AnswerAsync(HttpContext context, ApiError error)
    {
        RequestRecord.Of(context).Fail(error);
        if (context.Response.HasStarted)
        {
            // Half an answer can't be taken back: the client sees a broken connection.
            context.Abort();
            return Task.CompletedTask;
        }

        return ErrorResponse.WriteAsync(context, error);
    }

    // Routing sets a status without a body.
    private static Task DescribeStatusAsync(HttpContext context)
    {
        var path = context.Request.Path.ToUriComponent();
        return (context.Response.HasStarted, context.Response.StatusCode) switch
        {
            (false, StatusCodes.Status404NotFound) => AnswerAsync(
                context,
                ApiError.NotFound($"there is nothing at {path}")
            ),
            (false, StatusCodes.Status405MethodNotAllowed) => AnswerAsync(
                context,
                ApiError.MethodNotAllowed(
                    $"{path} does not take {context.Request.Method}, only {context.Response.Headers.Allow}"
                )
            ),
            _ => Task.CompletedTask,
        };
    }

    private static ApiError ErrorOf(BadHttpRequestException exception) =>
        exception.StatusCode switch
        {
            StatusCodes.Status413PayloadTooLarge => ApiError.TooLarge("the request's body is too large"),
            StatusCodes.Status408RequestTimeout => ApiError.RequestTimeout("the request came too slowly"),
            _ => ApiError.BadRequest("the request is not valid HTTP"),
        };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Id} failed")]
        public static partial void Failed(ILogger logger, string id, Exception exception);
    }
}
