using Luthier.Formats.Json;
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
    private const int DefaultMaxTokens = 16;

    public async Task HandleAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        var job = Read(body, RequestRecord.Of(context).Id);
        await TextAnswer.WriteAsync(context, model, job).ConfigureAwait(false);
    }

    private TextJob Read(FieldReader body, string requestId)
    {
        body.RefuseIfSet("suffix");
        var fields = GenerationFields.Read(body, model);
        var echo = body.Boolean("echo", fallback: false);
        var maxTokens = body.Integer("max_tokens", DefaultMaxTokens, minimum: echo ? 0 : 1);
        var addSpecialTokens = body.Boolean("add_special_tokens", fallback: true);
        var prompts = body.Read("prompt", (IReadOnlyList<int[]>)[], f => PromptFields.Read(f, model, addSpecialTokens));
        body.Check(body.Root.Find("prompt") is not null, "field prompt is missing");
        body.ThrowIfWrong();

        var choice = catalog.Find(fields.Model);
        var maxLength = model.Engine.MaxModelLength;
        var kept = prompts
            .Select(p => PromptFields.Truncate(p, fields.TruncatePrompt, maxLength - maxTokens))
            .ToArray();
        foreach (var prompt in kept)
        {
            PromptFields.MaxNewTokens(prompt.Length, maxTokens, maxLength, "prompt");
        }

        return new TextJob
        {
            Fields = fields,
            Prompts = kept,
            Candidates = fields.Choices,
            ModelName = choice.Name,
            Format = new CompletionFormat(model, fields, echo),
            Request = fields.Request($"cmpl-{fields.RequestId ?? requestId}", maxTokens, choice),
        };
    }
}
