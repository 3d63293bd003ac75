using Luthier.Formats.Json;
using Luthier.Serving.Fields;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Completions;

/// <summary>A request to <c>/v1/completions</c>, read and checked.</summary>
internal sealed record CompletionRequest
{
    private const int DefaultMaxTokens = 16;

    public required GenerationFields Fields { get; init; }

    public required IReadOnlyList<int[]> Prompts { get; init; }

    public required int MaxTokens { get; init; }

    /// <summary>Whether the prompt is part of the text.</summary>
    public bool Echo { get; private init; }

    /// <summary>Texts to compute for each prompt, of which the best are answered.</summary>
    public int BestOf { get; private init; }

    /// <summary>Of each token its log-probability is told, and so many of the most probable; null: not.</summary>
    public int? Logprobs { get; private init; }

    /// <summary>Adds what is wrong to the body's problems.</summary>
    public static CompletionRequest Read(FieldReader body, ServedModel model)
    {
        body.RefuseIfSet("suffix");
        var fields = GenerationFields.Read(body, model);
        var echo = body.Boolean("echo", fallback: false);
        var bestOf = body.Integer("best_of", fields.Choices, 1, GenerationFields.MaxChoices);
        body.Check(bestOf >= fields.Choices, $"field best_of: expected at least n, {fields.Choices}, found {bestOf}");
        body.Check(bestOf == fields.Choices || !fields.Stream, "field best_of: a stream can't wait for the best");
        var logprobs = body.OptionalInteger("logprobs", maximum: GenerationFields.MaxLogprobs);
        var addSpecialTokens = body.Boolean("add_special_tokens", fallback: true);
        body.Check(body.Root.Find("prompt") is not null, "field prompt is missing");
        return new CompletionRequest
        {
            Fields = fields with
            {
                Options = fields.Options with { Logprobs = logprobs ?? (bestOf > fields.Choices ? 0 : null) },
            },
            Prompts = body.Read(
                "prompt",
                (IReadOnlyList<int[]>)[],
                field => PromptFields.Read(field, model, addSpecialTokens)
            ),
            MaxTokens = body.Integer("max_tokens", DefaultMaxTokens, minimum: echo ? 0 : 1),
            Echo = echo,
            BestOf = bestOf,
            Logprobs = logprobs,
        };
    }
}
