using System.Security.Cryptography;
using Luthier.Cli.Api;
using Luthier.Cli.CommandLine;
using Luthier.Serving;
using Luthier.Serving.Models;
using Luthier.Tensors.Devices;
using Microsoft.Extensions.Logging;

namespace Luthier.Cli.Serve;

/// <summary>A server within this process, on a free port of loopback, with a key that only this process knows.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly Device device;
    private readonly ServedModel model;
    private readonly ApiServer server;
    private readonly string key;

    private LocalServer(Device device, ServedModel model, ApiServer server, string key)
    {
        this.device = device;
        this.model = model;
        this.server = server;
        this.key = key;
    }

    public Uri Address => server.Address;

    /// <summary>Loads a model and serves it; disposing of the server frees both.</summary>
    public static async Task<LocalServer> StartAsync(
        Invocation invocation,
        ModelOptions options,
        CancellationToken cancellation
    )
    {
        var secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        var computes = invocation.Host.CreateDevice();
        ServedModel? served = null;
        try
        {
            served = await ModelOptionSet.LoadAsync(options, computes);
            var listening = new ServerOptions { Port = 0, ApiKeys = [secret] };
            var running = await ApiServer.StartAsync(served, listening, log => log.ClearProviders(), cancellation);
            return new LocalServer(computes, served, running, secret);
        }
        catch
        {
            if (served is not null)
            {
                await served.DisposeAsync();
            }

            computes.Dispose();
            throw;
        }
    }

    public ApiClient Connect(TimeSpan timeout) => new(Address, key, timeout);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await model.DisposeAsync();
        device.Dispose();
    }
}
