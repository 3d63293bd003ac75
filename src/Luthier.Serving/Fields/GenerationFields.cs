using Luthier.Formats.Json;
using Luthier.Generation;
using Luthier.Generation.Engine;
using Luthier.Serving.Hosting;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Fields;

/// <summary>What requests for text have in common, whichever endpoint they come to.</summary>
internal sealed record GenerationFields
{
    /// <summary>Texts for a prompt.</summary>
    public const int MaxChoices = 128;

    /// <summary>Most probable tokens that are told of.</summary>
    public const int MaxLogprobs = 20;

    private const int MaxSaltLength = 1024;

    /// <summary>Fields whose function is not there; a value that asks for it is an error rather than ignored.</summary>
    private static readonly string[] Unsupported = ["use_beam_search", "prompt_embeds", "logits_processors"];

    /// <summary>The name of the model; null: the one there is.</summary>
    public string? Model { get; private init; }

    public required GenerationOptions Options { get; init; }

    /// <summary>The most new tokens; null: what the endpoint takes where nothing is said.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Texts for each prompt.</summary>
    public int Choices { get; private init; } = 1;

    public bool Stream { get; private init; }

    /// <summary>Whether a stream ends with a chunk that counts tokens.</summary>
    public bool IncludeUsage { get; private init; }

    /// <summary>Whether each chunk of a stream counts tokens.</summary>
    public bool ContinuousUsage { get; private init; }

    /// <summary>Only so many last tokens of the prompt are kept; −1: as many as the model takes; null: all.</summary>
    public int? TruncatePrompt { get; private init; }

    /// <summary>The id that the client wants the request to have.</summary>
    public string? RequestId { get; private init; }

    /// <summary>What the text must be; null: any text.</summary>
    public ConstraintRequest? Constraint { get; init; }

    /// <summary>Of each token of the prompt its log-probability is told, and so many of the most probable; null: not.</summary>
    public int? PromptLogprobs { get; init; }

    public int Priority { get; private init; }

    public string? CacheSalt { get; private init; }

    /// <summary>Whether answers have the ids of prompt and text beside the text.</summary>
    public bool ReturnTokenIds { get; private init; }

    public static GenerationFields Read(FieldReader fields, ServedModel model)
    {
        foreach (var name in Unsupported)
        {
            fields.RefuseIfSet(name);
        }

        var stream = fields.Boolean("stream", fallback: false);
        var streaming = fields.Part("stream_options");
        fields.Check(stream || streaming is null, "field stream_options: needs stream true");
        var promptLogprobs = fields.OptionalInteger("prompt_logprobs", maximum: MaxLogprobs);
        fields.Check(promptLogprobs is null || !stream, "field prompt_logprobs: a stream doesn't have them");
        return new GenerationFields
        {
            Model = fields.Text("model"),
            Options = SamplingFields.Read(fields, model),
            Choices = fields.Integer("n", 1, minimum: 1, maximum: MaxChoices),
            Stream = stream,
            IncludeUsage = streaming?.Boolean("include_usage", fallback: false) ?? false,
            ContinuousUsage = streaming?.Boolean("continuous_usage_stats", fallback: false) ?? false,
            Constraint = ConstraintFields.Read(fields),
            PromptLogprobs = promptLogprobs,
            TruncatePrompt = fields.Read("truncate_prompt_tokens", (int?)null, PromptFields.ReadTruncation),
            RequestId = fields.Read("request_id", (string?)null, ReadId),
            Priority = fields.Integer("priority", 0, minimum: int.MinValue),
            CacheSalt = fields.Read("cache_salt", (string?)null, ReadSalt),
            ReturnTokenIds = fields.Boolean("return_token_ids", fallback: false),
        };
    }

    /// <summary>What the engine is asked for; prompts come besides.</summary>
    /// <param name="id">What the request is called.</param>
    /// <param name="maxTokens">The most new tokens.</param>
    /// <param name="choice">Who computes them.</param>
    public GenerationRequest Request(string id, int maxTokens, ModelChoice choice) =>
        new()
        {
            Id = id,
            Prompt = [],
            Options = Options with { MaxNewTokens = maxTokens },
            PromptLogprobs = PromptLogprobs,
            Adapter = choice.Adapter,
            CacheSalt = CacheSalt,
            Priority = Priority,
        };

    private static string ReadId(JsonField field) =>
        RequestRecord.IsPlain(field.AsString())
            ? field.AsString()
            : throw field.Expected("1 to 128 letters, digits and - _ . :");

    private static string ReadSalt(JsonField field) =>
        field.AsString() is { Length: > 0 and <= MaxSaltLength } salt
            ? salt
            : throw field.Expected($"a string of 1 to {MaxSaltLength} characters");
}
