using Luthier.Serving.Completions;
using Luthier.Serving.Hosting;
using Luthier.Serving.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Luthier.Serving;

/// <summary>Serves a model over HTTP with OpenAI's API. The model stays the caller's, and outlives the server.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly HttpHost host;

    private ApiServer(HttpHost host) => this.host = host;

    /// <summary>Where clients reach it.</summary>
    public Uri Address => host.Address;

    /// <param name="model">What is served.</param>
    /// <param name="options">How it listens and what it lets in.</param>
    /// <param name="logging">Says where the log goes.</param>
    /// <param name="cancellation">Gives up the start.</param>
    /// <exception cref="ArgumentException">Options are out of range: one sentence with all of them.</exception>
    /// <exception cref="IOException">The address is in use or not this machine's.</exception>
    public static async Task<ApiServer> StartAsync(
        ServedModel model,
        ServerOptions options,
        Action<ILoggingBuilder> logging,
        CancellationToken cancellation = default
    )
    {
        var admission = new Admission(options.MaxConcurrentRequests);
        return new ApiServer(
            await HttpHost
                .StartAsync(options, admission, logging, routes => Map(routes, model), cancellation)
                .ConfigureAwait(false)
        );
    }

    /// <summary>Takes nothing new, lets what runs finish within the time, and cuts off the rest.</summary>
    public Task StopAsync(TimeSpan timeout) => host.StopAsync(timeout);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static void Map(IEndpointRouteBuilder routes, ServedModel model)
    {
        var catalog = new ModelCatalog(model);
        Work("/v1/completions", new CompletionsEndpoint(model, catalog).HandleAsync);

        void Work(string path, RequestDelegate handle) => routes.MapPost(path, handle).WithMetadata(new WorksModel());
    }
}
