using System.Text.Json;
using Luthier.Formats;
using Luthier.Formats.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Luthier.Serving.Protocol;

/// <summary>Reads the JSON object that a request carries; whatever is wrong with it becomes an <see cref="ApiException"/>.</summary>
internal static class RequestBody
{
    private const string Source = "the request's body";

    /// <summary>The body's fields; their problems are collected until <see cref="ThrowIfWrong"/>.</summary>
    /// <exception cref="ApiException">It is of another content type, or not a JSON object.</exception>
    public static async Task<FieldReader> ReadAsync(HttpContext context)
    {
        CheckContentType(context.Request);
        using var buffer = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, 1 << 20));
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted).ConfigureAwait(false);
        return Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
    }

    /// <exception cref="ApiException">It is not a JSON object.</exception>
    public static FieldReader Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            var root = JsonFile.Parse(Source, utf8);
            return root.Kind == JsonValueKind.Object ? new FieldReader(root) : throw root.Expected("a JSON object");
        }
        catch (InvalidFileException exception)
        {
            throw new ApiException(ApiError.BadRequest(exception.Message));
        }
    }

    /// <exception cref="ApiException">Something was wrong: one message with all of it.</exception>
    public static void ThrowIfWrong(this FieldReader fields)
    {
        if (fields.Problems.Count > 0)
        {
            var message = string.Join("; ", fields.Problems.Select(problem => problem.Text));
            var parameter = fields.Problems.FirstOrDefault(problem => problem.Field is not null).Field;
            throw new ApiException(ApiError.BadRequest(message, parameter));
        }
    }

    /// <summary>Refuses a request for what is not there; null, false and empty values ask for nothing.</summary>
    /// <exception cref="ApiException">The field asks for something.</exception>
    public static void RefuseIfSet(this FieldReader fields, string name)
    {
        var asks =
            fields.Root.Find(name) is { } field
            && field.Kind switch
            {
                JsonValueKind.False => false,
                JsonValueKind.Array => field.ItemCount > 0,
                JsonValueKind.Object => field.MemberCount > 0,
                JsonValueKind.String => field.AsString().Length > 0,
                _ => true,
            };
        if (asks)
        {
            throw new ApiException(ApiError.NotImplemented($"field {name}: is not supported", name));
        }
    }

    private static void CheckContentType(HttpRequest request)
    {
        var isJson =
            MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && (
                type.MediaType.Equals(ResponseJson.ContentType, StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)
            );
        if (!isJson)
        {
            var found = string.IsNullOrEmpty(request.ContentType) ? "none" : $"'{request.ContentType}'";
            throw new ApiException(
                ApiError.UnsupportedMediaType($"the content type must be application/json, found {found}")
            );
        }

        if (!StringValues.IsNullOrEmpty(request.Headers.ContentEncoding))
        {
            throw new ApiException(
                ApiError.UnsupportedMediaType("a content encoding is not supported: send the body as it is")
            );
        }
    }
}
