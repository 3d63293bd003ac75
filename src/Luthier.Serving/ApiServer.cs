using Luthier.Serving.Chat;
using Luthier.Serving.Completions;
using Luthier.Serving.Embeddings;
using Luthier.Serving.Generate;
using Luthier.Serving.Hosting;
using Luthier.Serving.Metrics;
using Luthier.Serving.Models;
using Luthier.Serving.Service;
using Luthier.Serving.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
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
                .StartAsync(
                    options,
                    admission,
                    logging,
                    routes => Map(routes, model, admission, options.AllowAdapterUpdates),
                    cancellation
                )
                .ConfigureAwait(false)
        );
    }

    /// <summary>Takes nothing new, lets what runs finish within the time, and cuts off the rest.</summary>
    public Task StopAsync(TimeSpan timeout) => host.StopAsync(timeout);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static void Map(
        IEndpointRouteBuilder routes,
        ServedModel model,
        Admission admission,
        bool allowAdapterUpdates
    )
    {
        var catalog = new ModelCatalog(model);
        MapService(routes, new ServiceEndpoints(model, admission));
        routes.MapGet("/metrics", new MetricsEndpoint(model).HandleAsync);

        var models = new ModelsEndpoint(model, catalog);
        routes.MapGet("/v1/models", models.ListAsync);
        routes.MapGet("/v1/models/{**name}", models.GetAsync);
        if (allowAdapterUpdates)
        {
            var loggers = routes.ServiceProvider.GetRequiredService<ILoggerFactory>();
            var adapters = new AdapterEndpoints(model, catalog, loggers.CreateLogger<AdapterEndpoints>());
            routes.MapPost("/v1/load_lora_adapter", adapters.LoadAsync);
            routes.MapPost("/v1/unload_lora_adapter", adapters.UnloadAsync);
        }

        Work("/v1/chat/completions", new ChatEndpoint(model, catalog).HandleAsync);
        Work("/v1/completions", new CompletionsEndpoint(model, catalog).HandleAsync);
        Work("/v1/embeddings", new EmbeddingsEndpoint(model, catalog).HandleAsync);
        Work("/generate", new GenerateEndpoint(model, catalog).HandleAsync);
        var tokens = new TokenEndpoints(model, catalog);
        Work("/tokenize", tokens.TokenizeAsync);
        Work("/detokenize", tokens.DetokenizeAsync);

        void Work(string path, RequestDelegate handle) => routes.MapPost(path, handle).WithMetadata(new WorksModel());
    }

    private static void MapService(IEndpointRouteBuilder routes, ServiceEndpoints service)
    {
        string[] probing = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/health", probing, service.HealthAsync).WithMetadata(new OpenToAll());
        routes.MapMethods("/ping", [.. probing, HttpMethods.Post], service.HealthAsync).WithMetadata(new OpenToAll());
        routes.MapGet("/version", ServiceEndpoints.VersionAsync);
        routes.MapGet("/load", service.LoadAsync);
    }
}
