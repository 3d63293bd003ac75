using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Formats;
using Luthier.Formats.Json;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Chat;

/// <summary>
/// The messages of a chat as templates take them: contents as text, arguments of tool calls as objects. Members that are
/// not known here pass as they are; what they mean is the template's affair.
/// </summary>
internal static class ChatMessages
{
    private const int MaxMessages = 4096;

    /// <exception cref="InvalidFileException">A message is wrong.</exception>
    /// <exception cref="ApiException">A message has what is no text.</exception>
    public static JsonArray Read(JsonField field)
    {
        if (field.ItemCount is 0 or > MaxMessages)
        {
            throw field.Invalid($"has {field.ItemCount} messages, expected 1 to {MaxMessages}");
        }

        return [.. field.Items().Select(ReadMessage)];
    }

    private static JsonObject ReadMessage(JsonField field)
    {
        var role = field["role"];
        if (role.AsString().Length == 0)
        {
            throw role.Expected("a role such as user, assistant, system or tool");
        }

        var message = (JsonObject)field.AsNode()!;
        var calls = field.Find("tool_calls");
        if (field.Find("content") is { } content)
        {
            message["content"] = ReadContent(content);
        }
        else if (calls is null && !string.Equals(role.AsString(), "assistant", StringComparison.Ordinal))
        {
            throw field.Invalid("has no content");
        }

        if (calls is { } list)
        {
            message["tool_calls"] = new JsonArray([.. list.Items().Select(ReadCall)]);
        }

        return message;
    }

    private static string ReadContent(JsonField field) =>
        field.Kind switch
        {
            JsonValueKind.String => field.AsString(),
            JsonValueKind.Array => string.Join('\n', field.Items().Select(ReadPart)),
            _ => throw field.Expected("a string or a list of parts"),
        };

    private static string ReadPart(JsonField field)
    {
        if (field.Kind == JsonValueKind.String)
        {
            return field.AsString();
        }

        var type = field["type"];
        return type.AsString() switch
        {
            "text" or "input_text" or "output_text" => field["text"].AsString(),
            "refusal" => field["refusal"].AsString(),
            "image_url" or "input_image" or "input_audio" or "audio_url" or "video_url" or "file" =>
                throw new ApiException(
                    ApiError.NotImplemented(
                        $"field {type.Path}: only text is supported, not {type.AsString()}",
                        type.Path
                    )
                ),
            _ => throw type.Expected("text"),
        };
    }

    /// <summary>Clients send arguments as text; templates want the object that the text is.</summary>
    private static JsonObject ReadCall(JsonField field)
    {
        var function = field["function"];
        function["name"].AsString();
        var call = (JsonObject)field.AsNode()!;
        if (function.Find("arguments") is { Kind: JsonValueKind.String } arguments)
        {
            call["function"]!["arguments"] = ParseArguments(arguments);
        }

        return call;
    }

    private static JsonNode? ParseArguments(JsonField field)
    {
        var text = field.AsString();
        if (string.IsNullOrWhiteSpace(text))
        {
            return new JsonObject();
        }

        try
        {
            return JsonFile.Parse("arguments", System.Text.Encoding.UTF8.GetBytes(text)).AsNode();
        }
        catch (InvalidFileException exception)
        {
            throw field.Invalid(exception.Problem);
        }
    }
}
