using System.Net;
using Luthier.Serving.Hosting;

namespace Luthier.Serving;

/// <summary>How the server listens and what it lets in; checked at start, everything wrong at once.</summary>
public sealed record ServerOptions
{
    /// <summary>An address or a name of this machine.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; } = 8000;

    /// <summary>Any of these opens the server; without one it only listens on loopback.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Largest body of a request in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 32L << 20;

    /// <summary>Time within which the headers of a request must be there.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Open connections at most.</summary>
    public int MaxConnections { get; init; } = 4096;

    /// <summary>Requests that are worked on at the same time at most; others are told to come back.</summary>
    public int MaxConcurrentRequests { get; init; } = 1024;

    /// <summary>Whether adapters can be loaded and unloaded over HTTP.</summary>
    public bool AllowAdapterUpdates { get; init; } = true;

    /// <summary>Time that running requests get to finish when the server stops.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Everything wrong, one sentence each; empty where nothing is.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        Check(Port is >= 0 and <= IPEndPoint.MaxPort, $"port is {Port}, expected 0 to {IPEndPoint.MaxPort}");
        var address = ListenAddress.Find(Host);
        Check(address is not null, $"host is '{Host}', expected an address or a name of this machine");
        Check(
            address is not { IsLoopback: false } || ApiKeys.Count > 0,
            $"host {Host} can be reached from other machines: an API key is needed"
        );
        Check(ApiKeys.All(key => key.Length > 0), "an API key is empty");
        Check(MaxBodyBytes > 0, $"the largest body is {MaxBodyBytes} bytes, expected 1 or more");
        Check(HeaderTimeout > TimeSpan.Zero, "the time for headers must be above 0");
        Check(MaxConnections > 0, $"the most connections are {MaxConnections}, expected 1 or more");
        Check(MaxConcurrentRequests > 0, $"the most requests are {MaxConcurrentRequests}, expected 1 or more");
        Check(DrainTimeout >= TimeSpan.Zero, "the time to drain must be 0 or more");
        return problems;

        void Check(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add(problem);
            }
        }
    }
}
