using System.Text.Json;
using Luthier.Serving.Answers;
using Luthier.Serving.Chat.Tools;
using Luthier.Serving.Choices;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Chat;

/// <summary>Messages of <c>/v1/chat/completions</c>.</summary>
/// <param name="model">Whose messages they are.</param>
/// <param name="request">What is answered.</param>
/// <param name="createReader">Makes what finds calls in a message; may make none.</param>
internal sealed class ChatFormat(ServedModel model, ChatRequest request, Func<ICallReader?> createReader) : AnswerFormat
{
    private readonly Dictionary<Choice, ChatText> texts = [];
    private readonly string role = request.Prompt.AddGenerationPrompt ? "assistant" : request.Prompt.LastRole;
    private readonly string start =
        request.Echo && !request.Prompt.AddGenerationPrompt ? request.Prompt.LastContent : "";

    public override string Object => "chat.completion";

    public override string ChunkObject => "chat.completion.chunk";

    public override bool HasOpening => true;

    public override void WriteWhole(Utf8JsonWriter writer, Choice choice)
    {
        var (text, calls) = TextOf(choice).Take(choice);
        writer.WriteNumber("index", choice.Index);
        writer.WriteStartObject("message");
        writer.WriteString("role", role);
        writer.WriteString("content", text.Length == 0 && calls.Count > 0 ? null : start + text);
        writer.WriteNull("refusal");
        if (calls.Count > 0)
        {
            writer.WriteStartArray("tool_calls");
            foreach (var (id, name, arguments) in ChatText.Whole(calls))
            {
                writer.WriteStartObject();
                WriteCall(writer, id, name, arguments);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

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
        var (text, calls) = TextOf(choice).Take(choice);
        writer.WriteNumber("index", choice.Index);
        writer.WriteStartObject("delta");
        if (text.Length > 0 || calls.Count == 0)
        {
            writer.WriteString("content", text);
        }

        if (calls.Count > 0)
        {
            writer.WriteStartArray("tool_calls");
            foreach (var (part, id) in calls)
            {
                writer.WriteStartObject();
                writer.WriteNumber("index", part.Index);
                WriteCall(writer, part.Name is null ? null : id, part.Name, part.Arguments);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        WriteRest(writer, choice);
    }

    /// <summary>A call, or more of one that has its id and name already.</summary>
    private static void WriteCall(Utf8JsonWriter writer, string? id, string? name, string arguments)
    {
        if (id is not null)
        {
            writer.WriteString("id", id);
            writer.WriteString("type", "function");
        }

        writer.WriteStartObject("function");
        if (name is not null)
        {
            writer.WriteString("name", name);
        }

        writer.WriteString("arguments", arguments);
        writer.WriteEndObject();
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

        // OpenAI's API tells stop where the request named the function.
        var called = TextOf(choice).HasCalls && request.Tools.Mode != ToolMode.Named;
        FinishFields.Write(writer, choice, model, called ? "tool_calls" : "stop");
        if (request.Fields.ReturnTokenIds)
        {
            writer.WriteIds("token_ids", choice.Tokens);
        }
    }

    private ChatText TextOf(Choice choice)
    {
        if (!texts.TryGetValue(choice, out var text))
        {
            text = texts[choice] = new ChatText(createReader());
        }

        return text;
    }
}
