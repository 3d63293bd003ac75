using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Formats.Json;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Chat;

/// <summary>The fields of a chat that its prompt is made of. What messages must be is the template's affair.</summary>
internal sealed record ChatPromptFields
{
    private const int MaxMessages = 4096;

    /// <summary>A list of messages, at least one.</summary>
    public required JsonElement Messages { get; init; }

    public JsonElement? Documents { get; private init; }

    /// <summary>A template instead of the model's own.</summary>
    public string? Template { get; private init; }

    /// <summary>More variables for the template: an object.</summary>
    public JsonElement? Variables { get; private init; }

    /// <summary>Whether the prompt ends with the beginning of an answer.</summary>
    public bool AddGenerationPrompt { get; private init; }

    /// <summary>Whether the answer goes on with the last message.</summary>
    public bool ContinueFinalMessage { get; private init; }

    public bool AddSpecialTokens { get; private init; }

    public string LastRole => LastText("role");

    public string LastContent => LastText("content");

    /// <summary>Adds what is wrong to the body's problems.</summary>
    public static ChatPromptFields Read(FieldReader body)
    {
        body.Check(body.Root.Find("messages") is not null, "field messages is missing");
        var continues = body.Boolean("continue_final_message", fallback: false);
        var adds = body.Boolean("add_generation_prompt", !continues);
        body.Check(!(continues && adds), "fields add_generation_prompt and continue_final_message exclude each other");
        return new ChatPromptFields
        {
            Messages = body.Read("messages", default(JsonElement), ReadMessages),
            Documents = body.Root.Find("documents")?.Element,
            Template = body.Text("chat_template"),
            Variables = ReadVariables(body),
            AddGenerationPrompt = adds,
            ContinueFinalMessage = continues,
            AddSpecialTokens = body.Boolean("add_special_tokens", fallback: false),
        };
    }

    private static JsonElement ReadMessages(JsonField field) =>
        field.ItemCount is > 0 and <= MaxMessages
            ? field.Element
            : throw field.Invalid($"has {field.ItemCount} messages, expected 1 to {MaxMessages}");

    /// <summary>The object <c>chat_template_kwargs</c>, and <c>reasoning_effort</c>, which templates know as a variable.</summary>
    private static JsonElement? ReadVariables(FieldReader body)
    {
        var given = body.Root.Find("chat_template_kwargs")?.Element;
        if (body.Text("reasoning_effort") is not { } effort || given is { ValueKind: not JsonValueKind.Object })
        {
            return given;
        }

        var variables = given is { } members ? JsonObject.Create(members)! : [];
        variables["reasoning_effort"] = effort;
        return JsonElement.Parse(variables.ToJsonString(ResponseJson.Plain));
    }

    private string LastText(string name)
    {
        var last = Messages[Messages.GetArrayLength() - 1];
        return
            last.ValueKind == JsonValueKind.Object
            && last.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
    }
}
