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
