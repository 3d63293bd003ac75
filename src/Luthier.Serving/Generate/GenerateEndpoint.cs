using System.Buffers;
using System.Text.Json;
using Luthier.Formats.Json;
using Luthier.Generation.Engine;
using Luthier.Serving.Answers;
using Luthier.Serving.Choices;
using Luthier.Serving.Fields;
using Luthier.Serving.Hosting;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Generate;

/// <summary>
/// <c>POST /generate</c> as vLLM's plain service has it: a prompt and sampling fields, and back come the prompts with
/// what continues them; a stream is a JSON object a line, each with the texts so far.
/// </summary>
internal sealed class GenerateEndpoint(ServedModel model, ModelCatalog catalog)
{
    private const int DefaultMaxTokens = 16;

    public async Task HandleAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        var record = RequestRecord.Of(context);
        var (fields, prompt, request) = Read(body, record);
        if (fields.Constraint is { } wanted)
        {
            request = await wanted.ApplyAsync(request, model, context.RequestAborted).ConfigureAwait(false);
        }

        var start = model.Tokenizer.Decode(prompt, fields.Options.SkipSpecialTokens);
        var choices = await ChoiceSet.SubmitAsync(model, request, [prompt], fields.Choices).ConfigureAwait(false);
        await using (choices.ConfigureAwait(false))
        {
            try
            {
                await (
                    fields.Stream ? StreamAsync(context, choices, start) : WriteAsync(context, choices, start)
                ).ConfigureAwait(false);
            }
            finally
            {
                Usage.Of(choices.Choices, fields.Choices).AddTo(record);
            }
        }
    }

    private (GenerationFields Fields, int[] Prompt, GenerationRequest Request) Read(
        FieldReader body,
        RequestRecord record
    )
    {
        var fields = GenerationFields.Read(body, model);
        var maxTokens = body.Integer("max_tokens", DefaultMaxTokens, minimum: 1);
        body.Check(body.Root.Find("prompt") is not null, "field prompt is missing");
        var text = body.Text("prompt") ?? "";
        body.ThrowIfWrong();
        var choice = catalog.Find(fields.Model);
        var maxLength = model.Engine.MaxModelLength;
        var prompt = PromptFields.Truncate(model.Tokenizer.Encode(text), fields.TruncatePrompt, maxLength - maxTokens);
        PromptFields.MaxNewTokens(prompt.Length, maxTokens, maxLength, "prompt");
        return (fields, prompt, fields.Request($"gen-{fields.RequestId ?? record.Id}", maxTokens, choice));
    }

    private static async Task WriteAsync(HttpContext context, ChoiceSet choices, string start)
    {
        await choices.CompleteAsync(() => { }, context.RequestAborted).ConfigureAwait(false);
        await ResponseJson
            .WriteAsync(
                context,
                StatusCodes.Status200OK,
                writer => Write(writer, choices.Choices.Select(choice => start + choice.Text))
            )
            .ConfigureAwait(false);
    }

    private static async Task StreamAsync(HttpContext context, ChoiceSet choices, string start)
    {
        var output = context.Response.BodyWriter;
        await foreach (var _ in choices.ReadAsync(context.RequestAborted).ConfigureAwait(false))
        {
            if (!context.Response.HasStarted)
            {
                context.Response.ContentType = ResponseJson.ContentType;
            }

            ResponseJson.Write(output, writer => Write(writer, choices.Choices.Select(c => start + c.Text)));
            output.Write("\n"u8);
            await output.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static void Write(Utf8JsonWriter writer, IEnumerable<string> texts)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("text");
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
