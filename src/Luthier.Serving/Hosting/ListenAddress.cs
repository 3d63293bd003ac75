using System.Net;
using System.Net.Sockets;

namespace Luthier.Serving.Hosting;

/// <summary>Where a server listens, and whether only this machine can reach it there.</summary>
internal sealed record ListenAddress(IReadOnlyList<IPAddress> Addresses)
{
    public bool IsLoopback => Addresses.All(IPAddress.IsLoopback);

    /// <param name="host">An address, or a name of this machine.</param>
    /// <returns>Null where the name leads nowhere.</returns>
    public static ListenAddress? Find(string host)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address))
        {
            return new ListenAddress([address]);
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new ListenAddress([IPAddress.Loopback]);
        }

        try
        {
            var addresses = Dns.GetHostAddresses(host).Distinct().ToArray();
            return addresses.Length > 0 ? new ListenAddress(addresses) : null;
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return null;
        }
    }
}
