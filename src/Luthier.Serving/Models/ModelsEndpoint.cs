using System.Text.Json;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Models;

/// <summary><c>GET /v1/models</c> and <c>/v1/models/NAME</c>: the names that requests may use.</summary>
internal sealed class ModelsEndpoint(ServedModel model, ModelCatalog catalog)
{
    public Task ListAsync(HttpContext context) =>
        ResponseJson.WriteAsync(
            context,
            StatusCodes.Status200OK,
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("object", "list");
                writer.WriteStartArray("data");
                foreach (var name in model.Names)
                {
                    WriteCard(writer, name, model.Path, parent: null);
                }

                foreach (var adapter in catalog.Adapters)
                {
                    WriteCard(writer, adapter.Name, adapter.Folder, model.Names[0]);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }
        );

    public Task GetAsync(HttpContext context)
    {
        var name = (string?)context.Request.RouteValues["name"];
        var adapter = catalog.Adapters.FirstOrDefault(a => string.Equals(a.Name, name, StringComparison.Ordinal));
        // Throws where there is no such model.
        catalog.Find(name);
        return ResponseJson.WriteAsync(
            context,
            StatusCodes.Status200OK,
            writer => WriteCard(writer, name!, adapter?.Folder ?? model.Path, adapter is null ? null : model.Names[0])
        );
    }

    /// <param name="writer">Where to write.</param>
    /// <param name="name">What requests call it.</param>
    /// <param name="root">Where it was loaded from.</param>
    /// <param name="parent">The model that an adapter is on.</param>
    private void WriteCard(Utf8JsonWriter writer, string name, string root, string? parent)
    {
        writer.WriteStartObject();
        writer.WriteString("id", name);
        writer.WriteString("object", "model");
        writer.WriteNumber("created", model.Created.ToUnixTimeSeconds());
        writer.WriteString("owned_by", "luthier");
        writer.WriteString("root", root);
        writer.WriteString("parent", parent);
        writer.WriteNumber("max_model_len", model.Engine.MaxModelLength);
        writer.WriteEndObject();
    }
}
