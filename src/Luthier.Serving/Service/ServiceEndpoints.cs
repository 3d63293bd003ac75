using System.Reflection;
using Luthier.Serving.Hosting;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Service;

/// <summary>What probes and load balancers ask: <c>/health</c>, <c>/ping</c>, <c>/version</c> and <c>/load</c>.</summary>
internal sealed class ServiceEndpoints(ServedModel model, Admission admission)
{
    private static readonly string Version = typeof(ServiceEndpoints)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
        .InformationalVersion;

    /// <summary>200 while requests are taken, else 503, without a body.</summary>
    public Task HealthAsync(HttpContext context)
    {
        var isWell = !admission.IsClosed && model.Engine.Fault is null;
        context.Response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }

    public static Task VersionAsync(HttpContext context) =>
        ResponseJson.WriteAsync(
            context,
            StatusCodes.Status200OK,
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("version", Version);
                writer.WriteEndObject();
            }
        );

    /// <summary>How many requests make the model work.</summary>
    public Task LoadAsync(HttpContext context) =>
        ResponseJson.WriteAsync(
            context,
            StatusCodes.Status200OK,
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteNumber("server_load", admission.Running);
                writer.WriteEndObject();
            }
        );
}
