using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Formats.Json;
using Luthier.Serving.Chat.Tools;
using Luthier.Serving.Fields;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Chat;

/// <summary>A request to <c>/v1/chat/completions</c>, read and checked.</summary>
internal sealed record ChatRequest
{
    private static readonly string[] Unsupported = ["functions", "function_call", "audio", "web_search_options"];

    public required GenerationFields Fields { get; init; }

    public required ChatPromptFields Prompt { get; init; }

    public required ToolFields Tools { get; init; }

    /// <summary>Whether the answer begins with the last message, where that is one of its own.</summary>
    public bool Echo { get; private init; }

    /// <summary>Of each token its log-probability is told, and so many of the most probable; null: not.</summary>
    public int? Logprobs => Fields.Options.Logprobs;

    /// <summary>Adds what is wrong to the body's problems.</summary>
    public static ChatRequest Read(FieldReader body, ServedModel model)
    {
        foreach (var name in Unsupported)
        {
            body.RefuseIfSet(name);
        }

        RefuseOtherModalities(body);
        var fields = GenerationFields.Read(body, model);
        var tools = ToolFields.Read(body);
        body.Check(
            fields.Constraint is null || tools.Constraint is null,
            $"fields tool_choice and {fields.Constraint?.Field} exclude each other"
        );
        var maxTokens = body.Read("max_tokens", (int?)null, field => field.AsInt32(1));
        return new ChatRequest
        {
            Fields = fields with
            {
                MaxTokens = body.Read("max_completion_tokens", maxTokens, field => field.AsInt32(1)),
                Options = fields.Options with { Logprobs = ReadLogprobs(body) },
            },
            Prompt = ChatPromptFields.Read(body),
            Tools = tools,
            Echo = body.Boolean("echo", fallback: false),
        };
    }

    private static int? ReadLogprobs(FieldReader body)
    {
        var wants = body.Boolean("logprobs", fallback: false);
        var top = body.OptionalInteger("top_logprobs", maximum: GenerationFields.MaxLogprobs);
        body.Check(wants || top is null or 0, "field top_logprobs: needs logprobs true");
        return wants ? top ?? 0 : null;
    }

    private static void RefuseOtherModalities(FieldReader body)
    {
        var modalities = body.Read("modalities", (string[])[], f => [.. f.Items().Select(item => item.AsString())]);
        if (modalities.Any(modality => !string.Equals(modality, "text", StringComparison.Ordinal)))
        {
            throw new ApiException(ApiError.NotImplemented("field modalities: only text is supported", "modalities"));
        }
    }
}

/// <summary>The fields of a chat that its prompt is made of.</summary>
internal sealed record ChatPromptFields
{
    public required JsonArray Messages { get; init; }

    /// <summary>A template instead of the model's own.</summary>
    public string? Template { get; private init; }

    /// <summary>Variables for the template, beside the messages.</summary>
    public required JsonObject Variables { get; init; }

    /// <summary>Whether the prompt ends with the beginning of an answer.</summary>
    public bool AddGenerationPrompt { get; private init; }

    /// <summary>Whether the answer goes on with the last message.</summary>
    public bool ContinueFinalMessage { get; private init; }

    public bool AddSpecialTokens { get; private init; }

    public string LastRole => (string?)Messages[^1]!["role"] ?? "";

    public string LastContent => (string?)Messages[^1]!["content"] ?? "";

    public static ChatPromptFields Read(FieldReader body)
    {
        body.Check(body.Root.Find("messages") is not null, "field messages is missing");
        var continues = body.Boolean("continue_final_message", fallback: false);
        var adds = body.Boolean("add_generation_prompt", !continues);
        body.Check(!(continues && adds), "fields add_generation_prompt and continue_final_message exclude each other");
        var variables = body.Read("chat_template_kwargs", new JsonObject(), ReadObject);
        Pass("documents");
        Pass("reasoning_effort");
        return new ChatPromptFields
        {
            Messages = body.Read("messages", new JsonArray(), ChatMessages.Read),
            Template = body.Text("chat_template"),
            Variables = variables,
            AddGenerationPrompt = adds,
            ContinueFinalMessage = continues,
            AddSpecialTokens = body.Boolean("add_special_tokens", fallback: false),
        };

        void Pass(string name)
        {
            if (body.Root.Find(name) is { } field)
            {
                variables[name] = field.AsNode();
            }
        }
    }

    private static JsonObject ReadObject(JsonField field) =>
        field.Kind == JsonValueKind.Object ? (JsonObject)field.AsNode()! : throw field.Expected("an object");
}
