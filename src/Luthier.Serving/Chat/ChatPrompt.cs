using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;
using Luthier.Text.Jinja;

namespace Luthier.Serving.Chat;

/// <summary>Turns messages into the text that the model's template makes of them.</summary>
internal static class ChatPrompt
{
    /// <param name="model">Whose template is used, unless the request brings one.</param>
    /// <param name="fields">What the request says.</param>
    /// <param name="tools">What the model may call; null: nothing.</param>
    /// <returns>Tokens.</returns>
    /// <exception cref="ApiException">There is no template, or it can't be rendered.</exception>
    public static int[] Encode(ServedModel model, ChatPromptFields fields, JsonElement? tools)
    {
        try
        {
            var template = fields.Template is { } source ? JinjaTemplate.Parse(source) : model.Template;
            if (template is null)
            {
                throw new ApiException(
                    ApiError.BadRequest(
                        "this model has no chat template: start the server with --chat-template, or send chat_template"
                    )
                );
            }

            var text = Render(template, model, fields, tools);
            return model.Tokenizer.Encode(text, fields.AddSpecialTokens);
        }
        catch (JinjaException exception)
        {
            throw new ApiException(ApiError.BadRequest($"the chat template: {exception.Message}", "messages"));
        }
    }

    private static string Render(JinjaTemplate template, ServedModel model, ChatPromptFields fields, JsonElement? tools)
    {
        var variables = (JsonObject)fields.Variables.DeepClone();
        variables["messages"] = fields.Messages.DeepClone();
        variables["tools"] = tools is { } list ? JsonArray.Create(list) : null;
        variables["add_generation_prompt"] = fields.AddGenerationPrompt;
        foreach (
            var (name, id) in (ReadOnlySpan<(string, int?)>)
                [
                    ("bos_token", model.Tokenizer.BosId),
                    ("eos_token", model.Tokenizer.EosId),
                    ("pad_token", model.Tokenizer.PadId),
                    ("unk_token", model.Tokenizer.UnkId),
                ]
        )
        {
            variables[name] = id is { } known ? model.Tokenizer.TokenOf(known) : null;
        }

        var now = TimeProvider.System.GetLocalNow().DateTime;
        var text = template.Render(JsonSerializer.SerializeToElement(variables), now);
        return fields.ContinueFinalMessage ? CutAfter(text, fields.LastContent) : text;
    }

    /// <summary>What follows the last message's content goes; templates may trim the content.</summary>
    private static string CutAfter(string text, string content)
    {
        var trimmed = content.Trim();
        var start = text.LastIndexOf(trimmed, StringComparison.Ordinal);
        if (trimmed.Length == 0 || start < 0)
        {
            throw new ApiException(
                ApiError.BadRequest(
                    "continue_final_message: the last message has no content that the template repeats",
                    "messages"
                )
            );
        }

        var end = start + trimmed.Length;
        var kept = content.TrimStart();
        return text.AsSpan(start).StartsWith(kept, StringComparison.Ordinal)
            ? text[..(start + kept.Length)]
            : text[..end];
    }
}
