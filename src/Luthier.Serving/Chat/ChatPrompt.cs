using System.Text.Json;
using Luthier.Formats;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;
using Luthier.Text.Chat;
using Luthier.Text.Jinja;

namespace Luthier.Serving.Chat;

/// <summary>Turns messages into the tokens that the model's template makes of them.</summary>
internal static class ChatPrompt
{
    private const string TemplateField = "chat_template";

    /// <param name="model">Whose template is used, unless the request brings one.</param>
    /// <param name="fields">What the request says.</param>
    /// <param name="tools">What the model may call; null: nothing.</param>
    /// <exception cref="ApiException">There is no template, or it can't be rendered.</exception>
    public static int[] Encode(ServedModel model, ChatPromptFields fields, JsonElement? tools)
    {
        var template = TemplateOf(model, fields);
        try
        {
            var text = template.Render(
                new ChatConversation
                {
                    Messages = fields.Messages,
                    Tools = tools,
                    Documents = fields.Documents,
                    AddGenerationPrompt = fields.AddGenerationPrompt,
                    ContinueFinalMessage = fields.ContinueFinalMessage,
                    Variables = fields.Variables,
                    Now = TimeProvider.System.GetLocalNow().DateTime,
                }
            );
            return model.Tokenizer.Encode(text, fields.AddSpecialTokens);
        }
        catch (ChatInputException exception)
        {
            throw new ApiException(ErrorOf(exception));
        }
        catch (JinjaException exception)
        {
            throw new ApiException(ApiError.BadRequest($"the chat template: {exception.Message}", "messages"));
        }
    }

    private static ChatTemplate TemplateOf(ServedModel model, ChatPromptFields fields)
    {
        try
        {
            return fields.Template is { } text
                ? ChatTemplate.Parse(text, $"field {TemplateField}", model.Tokenizer.SpecialTokens)
                : model.Template
                    ?? throw new ApiException(
                        ApiError.BadRequest(
                            "this model has no chat template: start the server with --chat-template, or send "
                                + TemplateField
                        )
                    );
        }
        catch (InvalidFileException exception)
        {
            throw new ApiException(ApiError.BadRequest(exception.Message, TemplateField));
        }
    }

    // Of a part's type only text is known; pictures and sounds are right for the API, but not there.
    private static ApiError ErrorOf(ChatInputException exception) =>
        exception.Path.EndsWith("].type", StringComparison.Ordinal)
            ? ApiError.NotImplemented($"field {exception.Message}", exception.Path)
            : ApiError.BadRequest($"field {exception.Message}", exception.Path);
}
