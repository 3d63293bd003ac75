using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Luthier.Serving.Hosting;

/// <summary>Gives each request an id and, when it is done, one line in the log: never its content, never a key.</summary>
internal sealed partial class RequestLog(ILogger<RequestLog> logger)
{
    public const string IdHeader = "X-Request-Id";

    /// <summary>What servers log where the client went away before its answer.</summary>
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var start = Stopwatch.GetTimestamp();
        string? given = context.Request.Headers[IdHeader];
        var record = new RequestRecord(RequestRecord.IsPlain(given) ? given! : RequestRecord.NewId());
        context.Features.Set(record);
        context.Response.Headers[IdHeader] = record.Id;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            Write(context, record, Stopwatch.GetElapsedTime(start));
        }
    }

    private void Write(HttpContext context, RequestRecord record, TimeSpan elapsed)
    {
        var level = LevelOf(context);
        if (logger.IsEnabled(level))
        {
            var isGone = context.RequestAborted.IsCancellationRequested;
            var path = context.Request.Path.ToUriComponent();
            Log.RequestDone(
                logger,
                level,
                record.Id,
                context.Request.Method,
                path,
                isGone ? ClientClosedRequest : context.Response.StatusCode,
                record.PromptTokens,
                record.CompletionTokens,
                record.FirstToken?.TotalMilliseconds,
                elapsed.TotalMilliseconds,
                record.Error
            );
        }
    }

    // What probes and scrapers ask for over and over would drown the rest.
    private static LogLevel LevelOf(HttpContext context) =>
        HttpMethods.IsPost(context.Request.Method) || context.Response.StatusCode >= StatusCodes.Status400BadRequest
            ? LogLevel.Information
            : LogLevel.Debug;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 1,
            Message = "{Id} {Method} {Path} {Status}: {PromptTokens} + {CompletionTokens} tokens, "
                + "first after {FirstTokenMs:0.0} ms, all after {Ms:0.0} ms {Error}"
        )]
        public static partial void RequestDone(
            ILogger logger,
            LogLevel level,
            string id,
            string method,
            string path,
            int status,
            int promptTokens,
            int completionTokens,
            double? firstTokenMs,
            double ms,
            string? error
        );
    }
}
