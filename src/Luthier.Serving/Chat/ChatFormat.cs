using System.Text.Json;
using Luthier.Serving.Answers;
using Luthier.Serving.Choices;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Chat;

/// <summary>Messages of <c>/v1/chat/completions</c>.</summary>
internal sealed class ChatFormat(ServedModel model, ChatRequest request) : AnswerFormat
{
    private readonly string role = request.Prompt.AddGenerationPrompt ? "assistant" : request.Prompt.LastRole;
    private readonly string start =
        request.Echo && !request.Prompt.AddGenerationPrompt ? request.Prompt.LastContent : "";

    public override string Object => "chat.completion";

    public override string ChunkObject => "chat.completion.chunk";

    public override bool HasOpening => true;

    public override void WriteWhole(Utf8JsonWriter writer, Choice choice)
    {
        writer.WriteNumber("index", choice.Index);
        writer.WriteStartObject("message");
        writer.WriteString("role", role);
        writer.WriteString("content", start + choice.Text);
        writer.WriteNull("refusal");
        writer.WriteEndObject();
        WriteRest(writer, choice);
        if (request.Fields.ReturnTokenIds)
        {
            writer.WriteIds("prompt_token_ids", choice.Prompt);
        }
    }

    public override void WriteEnd(Utf8JsonWriter writer, IReadOnlyList<Choice> choices)
    {
        if (request.Fields.PromptLogprobs is not null)
        {
            LogprobFields.WritePrompt(writer, model.TokenTexts, choices[0].Stream.PromptLogprobs);
        }
    }

    public override void WriteOpening(Utf8JsonWriter writer, Choice choice)
    {
        writer.WriteNumber("index", choice.Index);
        writer.WriteStartObject("delta");
        writer.WriteString("role", role);
        writer.WriteString("content", start);
        writer.WriteEndObject();
        writer.WriteNull("logprobs");
        writer.WriteNull("finish_reason");
        if (request.Fields.ReturnTokenIds)
        {
            writer.WriteIds("prompt_token_ids", choice.Prompt);
        }
    }

    public override void WritePart(Utf8JsonWriter writer, Choice choice)
    {
        writer.WriteNumber("index", choice.Index);
        writer.WriteStartObject("delta");
        writer.WriteString("content", choice.Text);
        writer.WriteEndObject();
        WriteRest(writer, choice);
    }

    private void WriteRest(Utf8JsonWriter writer, Choice choice)
    {
        if (request.Logprobs is null)
        {
            writer.WriteNull("logprobs");
        }
        else
        {
            LogprobFields.WriteChat(writer, model.TokenTexts, choice.Logprobs);
        }

        FinishFields.Write(writer, choice, model);
        if (request.Fields.ReturnTokenIds)
        {
            writer.WriteIds("token_ids", choice.Tokens);
        }
    }
}
