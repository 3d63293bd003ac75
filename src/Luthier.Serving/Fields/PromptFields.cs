using System.Text.Json;
using Luthier.Formats.Json;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Fields;

/// <summary>Prompts as token ids, and what fits of them.</summary>
internal static class PromptFields
{
    private const int MaxPrompts = 1024;

    /// <summary>A string, a list of strings, a list of token ids, or a list of lists of token ids.</summary>
    /// <param name="field">The field.</param>
    /// <param name="model">Whose tokens they are.</param>
    /// <param name="addSpecialTokens">Whether texts get the tokens around them that the model expects.</param>
    public static IReadOnlyList<int[]> Read(JsonField field, ServedModel model, bool addSpecialTokens)
    {
        if (field.Kind == JsonValueKind.String)
        {
            return [model.Tokenizer.Encode(field.AsString(), addSpecialTokens)];
        }

        if (field.Kind != JsonValueKind.Array || field.ItemCount == 0)
        {
            throw field.Expected("a string, a list of strings, a list of token ids, or a list of lists of token ids");
        }

        if (field.Items().First().Kind == JsonValueKind.Number)
        {
            return [SamplingFields.ReadIds(field, model.Config, least: 1)];
        }

        return field.ItemCount <= MaxPrompts
            ? [.. field.Items().Select(item => ReadOne(item, model, addSpecialTokens))]
            : throw field.Invalid($"has {field.ItemCount} prompts, expected at most {MaxPrompts}");
    }

    /// <summary>The field <c>truncate_prompt_tokens</c>.</summary>
    public static int? ReadTruncation(JsonField field) =>
        field.AsInt32(-1) is not 0 and var count ? count : throw field.Expected("-1, or an integer of 1 or more");

    /// <summary>The last tokens of a prompt, as many as the field <c>truncate_prompt_tokens</c> asks for.</summary>
    public static int[] Truncate(int[] prompt, int? keep, int maxLength)
    {
        var count = keep is -1 ? Math.Max(1, maxLength) : keep ?? int.MaxValue;
        return prompt.Length <= count ? prompt : prompt[^count..];
    }

    /// <summary>How many tokens a prompt can be continued by.</summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="wanted">Tokens that the request asks for; null: as many as fit.</param>
    /// <param name="maxLength">Prompt and new tokens at most.</param>
    /// <param name="promptField">What the prompt's field is called.</param>
    /// <exception cref="ApiException">They don't fit.</exception>
    public static int MaxNewTokens(int prompt, int? wanted, int maxLength, string promptField)
    {
        if (prompt == 0)
        {
            throw new ApiException(
                ApiError.BadRequest($"field {promptField}: has no tokens, expected at least one", promptField)
            );
        }

        var room = maxLength - prompt;
        var least = Math.Min(wanted ?? 1, 1);
        if (room < least)
        {
            throw new ApiException(
                ApiError.BadRequest(
                    $"this model's maximum context length is {maxLength} tokens, but the prompt has {prompt}: shorten "
                        + "it, or let truncate_prompt_tokens do so",
                    promptField
                )
            );
        }

        return wanted <= room ? wanted.Value
            : wanted is null ? room
            : throw new ApiException(
                ApiError.BadRequest(
                    $"this model's maximum context length is {maxLength} tokens, but the prompt has {prompt} and "
                        + $"{wanted} are asked for: shorten the prompt, or ask for at most {room}",
                    "max_tokens"
                )
            );
    }

    private static int[] ReadOne(JsonField field, ServedModel model, bool addSpecialTokens) =>
        field.Kind switch
        {
            JsonValueKind.String => model.Tokenizer.Encode(field.AsString(), addSpecialTokens),
            JsonValueKind.Array => SamplingFields.ReadIds(field, model.Config, least: 1),
            _ => throw field.Expected("a string or a list of token ids"),
        };
}
