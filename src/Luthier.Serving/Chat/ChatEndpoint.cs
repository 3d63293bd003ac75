using Luthier.Serving.Answers;
using Luthier.Serving.Chat.Tools;
using Luthier.Serving.Fields;
using Luthier.Serving.Hosting;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Chat;

/// <summary><c>POST /v1/chat/completions</c>: the next message of a chat.</summary>
internal sealed class ChatEndpoint(ServedModel model, ModelCatalog catalog)
{
    public async Task HandleAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        var request = ChatRequest.Read(body, model);
        body.ThrowIfWrong();
        Check(request.Tools);
        var job = Plan(request, RequestRecord.Of(context).Id);
        await TextAnswer.WriteAsync(context, model, job).ConfigureAwait(false);
    }

    private void Check(ToolFields tools)
    {
        if (tools.Mode == ToolMode.Auto && model.ToolCallParser is null)
        {
            throw new ApiException(
                ApiError.BadRequest(
                    "tool_choice auto needs a server started with --enable-auto-tool-choice and --tool-call-parser",
                    "tool_choice"
                )
            );
        }
    }

    private TextJob Plan(ChatRequest request, string requestId)
    {
        var fields = request.Fields;
        var tools = request.Tools;
        var choice = catalog.Find(fields.Model);
        var maxLength = model.Engine.MaxModelLength;
        var prompt = PromptFields.Truncate(
            ChatPrompt.Encode(model, request.Prompt, tools.Definitions),
            fields.TruncatePrompt,
            maxLength - (fields.MaxTokens ?? 1)
        );
        var maxTokens = PromptFields.MaxNewTokens(prompt.Length, fields.MaxTokens, maxLength, "messages");
        if (tools.Mode == ToolMode.Auto)
        {
            // Some models have the tags around calls as special tokens.
            fields = fields with
            {
                Options = fields.Options with { SkipSpecialTokens = false },
            };
        }

        var id = $"chatcmpl-{fields.RequestId ?? requestId}";
        return new TextJob
        {
            Fields = fields,
            Prompts = [prompt],
            Candidates = fields.Choices,
            Constraint = fields.Constraint ?? tools.Constraint,
            ModelName = choice.Name,
            Format = new ChatFormat(model, request, () => ReaderFor(tools)),
            Request = fields.Request(id, maxTokens, choice),
        };
    }

    private ReplyReader ReaderFor(ToolFields tools) =>
        tools.Mode switch
        {
            ToolMode.Named => new NamedCallReader(tools.Named!.Name),
            ToolMode.Required => new CallListReader(),
            ToolMode.Auto => new ParsedCallReader(model.ToolCallParser!),
            _ => new PlainReader(),
        };
}
