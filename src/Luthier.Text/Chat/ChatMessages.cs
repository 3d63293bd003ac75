using System.Text.Json;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Chat;

/// <summary>
/// Messages as templates expect them: contents all text or all lists of parts, arguments of tool calls as objects. Members
/// that mean nothing here pass as they are.
/// </summary>
internal static class ChatMessages
{
    private const string Content = "content";
    private const string ToolCalls = "tool_calls";
    private const string Reasoning = "reasoning";

    /// <exception cref="ChatInputException">The list or a message is wrong.</exception>
    public static List<DictValue> Read(JsonElement messages, ChatContentFormat format)
    {
        if (messages.ValueKind != JsonValueKind.Array)
        {
            throw new ChatInputException("messages", "expected a list");
        }

        return [.. messages.EnumerateArray().Select((message, i) => ReadMessage(message, format, $"messages[{i}]"))];
    }

    private static DictValue ReadMessage(JsonElement message, ChatContentFormat format, string path)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            throw new ChatInputException(path, "expected an object");
        }

        if (!message.TryGetProperty("role", out var roleElement) || roleElement.ValueKind != JsonValueKind.String)
        {
            throw new ChatInputException($"{path}.role", "expected a string such as user, assistant, system or tool");
        }

        var role = roleElement.GetString();
        var result = new DictValue();
        foreach (var member in message.EnumerateObject())
        {
            if (member.Name is ToolCalls)
            {
                AddCalls(result, member.Value, $"{path}.{ToolCalls}");
            }
            else if (member.Name is not Content)
            {
                result.Set(member.Name, JsonValues.Read(member.Value));
            }
            else
            {
                // Keeps its place among the members.
                result.Set(Content, null);
            }
        }

        message.TryGetProperty(Content, out var content);
        result.Set(Content, ReadContent(content, format, role is "tool", $"{path}.{Content}"));
        if (result.TryGet(Reasoning, out var reasoning) && reasoning is string)
        {
            // Templates know it by this name.
            result.Set("reasoning_content", reasoning);
        }

        return result;
    }

    private static object ReadContent(JsonElement content, ChatContentFormat format, bool isToolResult, string path)
    {
        List<string> texts = content.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => [],
            JsonValueKind.String => [content.GetString()!],
            JsonValueKind.Array => [.. content.EnumerateArray().Select((part, i) => ReadPart(part, $"{path}[{i}]"))],
            _ => throw new ChatInputException(path, "expected a string or a list of parts"),
        };
        // Few templates take apart what tools give.
        return format == ChatContentFormat.OpenAI && !isToolResult
            ? new ListValue([.. texts.Select(TextPart)])
            : string.Join('\n', texts);
    }

    private static string ReadPart(JsonElement part, string path)
    {
        if (part.ValueKind == JsonValueKind.String)
        {
            return part.GetString()!;
        }

        if (part.ValueKind != JsonValueKind.Object)
        {
            throw new ChatInputException(path, "expected a string or an object");
        }

        var type =
            part.TryGetProperty("type", out var typeElement) && typeElement.ValueKind == JsonValueKind.String
                ? typeElement.GetString()!
                : "text";
        var field = type switch
        {
            "text" or "input_text" or "output_text" => "text",
            "refusal" or "thinking" => type,
            _ => throw new ChatInputException($"{path}.type", $"only text is supported, not {type}"),
        };
        return part.TryGetProperty(field, out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw new ChatInputException($"{path}.{field}", "expected a string");
    }

    private static DictValue TextPart(string text)
    {
        var part = new DictValue(2);
        part.Set("type", "text");
        part.Set("text", text);
        return part;
    }

    /// <summary>Adds calls with their arguments as objects; without any, templates should see an ordinary message.</summary>
    private static void AddCalls(DictValue message, JsonElement calls, string path)
    {
        if (calls.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        if (calls.ValueKind != JsonValueKind.Array)
        {
            throw new ChatInputException(path, "expected a list");
        }

        var read = calls.EnumerateArray().Select((call, i) => ReadCall(call, $"{path}[{i}]")).ToArray();
        if (read.Length > 0)
        {
            message.Set(ToolCalls, new ListValue([.. read]));
        }
    }

    private static DictValue ReadCall(JsonElement call, string path)
    {
        if (call.ValueKind != JsonValueKind.Object)
        {
            throw new ChatInputException(path, "expected an object");
        }

        var result = (DictValue)JsonValues.Read(call)!;
        // A call may also be given without the level around it, as Transformers accepts it.
        var isWrapped = result.TryGet("function", out var function);
        if ((isWrapped ? function : result) is not DictValue body)
        {
            throw new ChatInputException($"{path}.function", "expected an object");
        }

        body.TryGet("arguments", out var arguments);
        body.Set(
            "arguments",
            arguments switch
            {
                DictValue or ListValue => arguments,
                string text => ParseArguments(text),
                _ => new DictValue(),
            }
        );
        return result;
    }

    // A model may have written what is no JSON; the conversation must go on all the same.
    private static object ParseArguments(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return JsonValues.Read(document.RootElement) ?? new DictValue();
        }
        catch (JsonException)
        {
            return new DictValue();
        }
    }
}
