using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Protocol;

/// <summary>Errors as answers: <c>{"error":{"message","type","param","code"}}</c>.</summary>
internal static class ErrorResponse
{
    public static Task WriteAsync(HttpContext context, ApiError error)
    {
        if (error.RetryAfter is { } pause)
        {
            var seconds = Math.Max(1, (long)Math.Ceiling(pause.TotalSeconds));
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return ResponseJson.WriteAsync(context, error.Status, writer => Write(writer, error));
    }

    public static void Write(Utf8JsonWriter writer, ApiError error)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteString("message", error.Message);
        writer.WriteString("type", error.Type);
        writer.WriteString("param", error.Parameter);
        writer.WriteNumber("code", error.Status);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
