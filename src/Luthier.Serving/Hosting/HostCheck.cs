using System.Net;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Hosting;

/// <summary>
/// For a server without a key: answers only to requests that name this machine. Otherwise a web page could reach it
/// through the user's browser, with a name of its own that leads to loopback.
/// </summary>
internal static class HostCheck
{
    public static Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        IsThisMachine(context.Request.Host.Host)
            ? next(context)
            : throw new ApiException(
                ApiError.Forbidden(
                    "without an API key this server answers only to localhost, this machine's name and IP addresses"
                )
            );

    // Host is "[::1]" for an IPv6 address.
    private static bool IsThisMachine(string name) =>
        name.Length == 0
        || IPAddress.TryParse(name.Trim('[', ']'), out _)
        || name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || name.Equals(Dns.GetHostName(), StringComparison.OrdinalIgnoreCase);
}
