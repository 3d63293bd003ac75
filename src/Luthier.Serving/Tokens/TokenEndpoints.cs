using Luthier.Formats.Json;
using Luthier.Serving.Chat;
using Luthier.Serving.Chat.Tools;
using Luthier.Serving.Fields;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Tokens;

/// <summary><c>POST /tokenize</c> and <c>/detokenize</c>: text into the model's tokens and back.</summary>
internal sealed class TokenEndpoints(ServedModel model, ModelCatalog catalog)
{
    public async Task TokenizeAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        var encode = ReadText(body);
        var wantsStrings = body.Boolean("return_token_strs", fallback: false);
        var name = body.Text("model");
        body.ThrowIfWrong();
        catalog.Find(name);

        var ids = encode();
        await ResponseJson
            .WriteAsync(
                context,
                StatusCodes.Status200OK,
                writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteNumber("count", ids.Length);
                    writer.WriteNumber("max_model_len", model.Engine.MaxModelLength);
                    writer.WriteIds("tokens", ids);
                    if (wantsStrings)
                    {
                        writer.WriteStartArray("token_strs");
                        foreach (var id in ids)
                        {
                            writer.WriteStringValue(model.Tokenizer.TokenOf(id));
                        }

                        writer.WriteEndArray();
                    }
                    else
                    {
                        writer.WriteNull("token_strs");
                    }

                    writer.WriteEndObject();
                }
            )
            .ConfigureAwait(false);
    }

    public async Task DetokenizeAsync(HttpContext context)
    {
        var body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        body.Check(body.Root.Find("tokens") is not null, "field tokens is missing");
        var tokens = body.Read("tokens", (int[])[], field => SamplingFields.ReadIds(field, model.Config));
        var name = body.Text("model");
        body.ThrowIfWrong();
        catalog.Find(name);

        var text = model.Tokenizer.Decode(tokens);
        await ResponseJson
            .WriteAsync(
                context,
                StatusCodes.Status200OK,
                writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("prompt", text);
                    writer.WriteEndObject();
                }
            )
            .ConfigureAwait(false);
    }

    /// <summary>A text, or the messages of a chat. The text is made when all fields are known to be right.</summary>
    private Func<int[]> ReadText(FieldReader body)
    {
        var isChat = body.Root.Find("messages") is not null;
        body.Check(
            isChat != (body.Root.Find("prompt") is not null),
            isChat ? "fields prompt and messages exclude each other" : "field prompt is missing"
        );
        if (isChat)
        {
            var fields = ChatPromptFields.Read(body);
            var tools = ToolFields.Read(body);
            return () => ChatPrompt.Encode(model, fields, tools.Definitions);
        }

        var prompt = body.Text("prompt") ?? "";
        var addSpecialTokens = body.Boolean("add_special_tokens", fallback: true);
        return () => model.Tokenizer.Encode(prompt, addSpecialTokens);
    }
}
