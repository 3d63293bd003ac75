using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Luthier.Serving.Hosting;

/// <summary>
/// A web server with what every service of ours has around its endpoints, from the outside in: (1) an id and a line in
/// the log, (2) errors as answers, (3) the check of the host's name, (4) routing, (5) the check of the key, (6) the
/// limit of requests.
/// </summary>
internal sealed class HttpHost : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly Admission admission;

    private HttpHost(WebApplication application, Admission admission)
    {
        this.application = application;
        this.admission = admission;
    }

    /// <summary>Where clients reach it.</summary>
    public Uri Address =>
        new(
            application
                .Services.GetRequiredService<IServer>()
                .Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses.First()
        );

    /// <param name="options">Valid ones.</param>
    /// <param name="admission">Counts what runs; closed when the server stops.</param>
    /// <param name="logging">Says where the log goes.</param>
    /// <param name="map">Adds the endpoints.</param>
    /// <param name="cancellation">Gives up the start.</param>
    /// <exception cref="ArgumentException">Options are out of range: one sentence with all of them.</exception>
    /// <exception cref="IOException">The address is in use or not this machine's.</exception>
    public static async Task<HttpHost> StartAsync(
        ServerOptions options,
        Admission admission,
        Action<ILoggingBuilder> logging,
        Action<IEndpointRouteBuilder> map,
        CancellationToken cancellation
    )
    {
        if (options.Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join("; ", problems));
        }

        var built = Build(options, logging);
        try
        {
            AddPipeline(built, options, admission);
            map(built);
            await built.StartAsync(cancellation).ConfigureAwait(false);
            return new HttpHost(built, admission);
        }
        catch
        {
            await built.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes nothing new, lets what runs finish within the time, and cuts off the rest.</summary>
    public async Task StopAsync(TimeSpan timeout)
    {
        admission.Close();
        using var limit = new CancellationTokenSource(timeout);
        await application.StopAsync(limit.Token).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();

    private static WebApplication Build(ServerOptions options, Action<ILoggingBuilder> logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // A start that fails throws what this would log.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging(builder.Logging);
        builder.Services.AddRoutingCore();
        // Signals are the executable's affair, and stopping takes as long as StopAsync is told.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));
        return builder.Build();
    }

    private static void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = options.HeaderTimeout;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        foreach (var address in ListenAddress.Find(options.Host)!.Addresses)
        {
            kestrel.Listen(new IPEndPoint(address, options.Port), listen => listen.Protocols = HttpProtocols.Http1);
        }
    }

    private static void AddPipeline(WebApplication application, ServerOptions options, Admission admission)
    {
        var loggers = application.Services.GetRequiredService<ILoggerFactory>();
        // (1)
        var log = new RequestLog(loggers.CreateLogger<RequestLog>());
        application.Use(log.InvokeAsync);
        // (2)
        var errors = new ErrorHandling(loggers.CreateLogger<ErrorHandling>());
        application.Use(errors.InvokeAsync);
        // (3)
        if (options.ApiKeys.Count == 0)
        {
            application.Use(HostCheck.InvokeAsync);
        }

        // (4)
        application.UseRouting();
        // (5)
        application.Use(new KeyCheck(options.ApiKeys).InvokeAsync);
        // (6)
        application.Use(admission.InvokeAsync);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
