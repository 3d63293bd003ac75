using Luthier.Serving.Answers;
using Luthier.Serving.Fields;
using Luthier.Serving.Hosting;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Completions;

/// <summary><c>POST /v1/completions</c>: prompts are continued.</summary>
internal sealed class CompletionsEndpoint(ServedModel model, ModelCatalog catalog)
{
    public async Task HandleAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        var request = CompletionRequest.Read(body, model);
        body.ThrowIfWrong();
        var job = Plan(request, RequestRecord.Of(context).Id);
        await TextAnswer.WriteAsync(context, model, job).ConfigureAwait(false);
    }

    private TextJob Plan(CompletionRequest request, string requestId)
    {
        var fields = request.Fields;
        var choice = catalog.Find(fields.Model);
        var maxLength = model.Engine.MaxModelLength;
        var prompts = request
            .Prompts.Select(prompt =>
                PromptFields.Truncate(prompt, fields.TruncatePrompt, maxLength - request.MaxTokens)
            )
            .ToArray();
        foreach (var prompt in prompts)
        {
            PromptFields.MaxNewTokens(prompt.Length, request.MaxTokens, maxLength, "prompt");
        }

        var engineRequest = fields.Request($"cmpl-{fields.RequestId ?? requestId}", request.MaxTokens, choice);
        return new TextJob
        {
            Fields = fields,
            Prompts = prompts,
            Candidates = request.BestOf,
            Constraint = fields.Constraint,
            ModelName = choice.Name,
            Format = new CompletionFormat(model, request),
            Request = engineRequest with
            {
                // What is echoed is told of like what is new.
                PromptLogprobs = fields.PromptLogprobs ?? (request.Echo ? request.Logprobs : null),
            },
        };
    }
}
