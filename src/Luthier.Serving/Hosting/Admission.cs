using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Hosting;

/// <summary>Marks an endpoint that makes the model work; such requests are counted and limited.</summary>
internal sealed class WorksModel;

/// <summary>Counts the requests that make the model work, and turns away what is beyond the limit or comes too late.</summary>
internal sealed class Admission(int limit)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private int running;
    private volatile bool isClosed;

    /// <summary>Requests that are being worked on.</summary>
    public int Running => Volatile.Read(ref running);

    /// <summary>Whether the server is about to stop.</summary>
    public bool IsClosed => isClosed;

    /// <summary>Lets nothing in any more; what runs goes on.</summary>
    public void Close() => isClosed = true;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<WorksModel>() is null)
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        if (isClosed)
        {
            throw new ApiException(ApiError.Unavailable("the server is stopping", RetryAfter));
        }

        try
        {
            if (Interlocked.Increment(ref running) > limit)
            {
                throw new ApiException(
                    ApiError.TooManyRequests($"the server works on {limit} requests already: try again", RetryAfter)
                );
            }

            await next(context).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }
}
