using System.Text.Json;
using Luthier.Serving.Answers;
using Luthier.Serving.Chat.Tools;
using Luthier.Serving.Choices;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;
using Luthier.Text.Chat.Tools;

namespace Luthier.Serving.Chat;

/// <summary>Messages of <c>/v1/chat/completions</c>.</summary>
/// <param name="model">Whose messages they are.</param>
/// <param name="request">What is answered.</param>
/// <param name="createReader">Makes what finds calls in a message.</param>
internal sealed class ChatFormat(ServedModel model, ChatRequest request, Func<ReplyReader> createReader) : AnswerFormat
{
    private readonly Dictionary<Choice, ReplyReader> readers = [];
    private readonly HashSet<Choice> called = [];
    private readonly string role = request.Prompt.AddGenerationPrompt ? "assistant" : request.Prompt.LastRole;
    private readonly string start =
        request.Echo && !request.Prompt.AddGenerationPrompt ? request.Prompt.LastContent : "";

    public override string Object => "chat.completion";

    public override string ChunkObject => "chat.completion.chunk";

    public override bool HasOpening => true;

    public override void WriteWhole(Utf8JsonWriter writer, Choice choice)
    {
        var (text, calls) = createReader().ReadWhole(choice.Text);
        writer.WriteNumber("index", choice.Index);
        writer.WriteStartObject("message");
        writer.WriteString("role", role);
        writer.WriteString("content", text.Length == 0 && calls.Count > 0 ? null : start + text);
        writer.WriteNull("refusal");
        if (calls.Count > 0)
        {
            called.Add(choice);
            writer.WriteStartArray("tool_calls");
            foreach (var call in calls)
            {
                writer.WriteStartObject();
                WriteCall(writer, call.Id, call.Name, call.Arguments);
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
        var parts = ReaderOf(choice).Read(choice.Text, choice.Finish is not null);
        var calls = parts.OfType<ToolCallPart>().ToArray();
        writer.WriteNumber("index", choice.Index);
        writer.WriteStartObject("delta");
        if (calls.Length < parts.Count || calls.Length == 0)
        {
            writer.WriteString("content", string.Concat(parts.OfType<ContentPart>().Select(part => part.Text)));
        }

        if (calls.Length > 0)
        {
            called.Add(choice);
            writer.WriteStartArray("tool_calls");
            foreach (var call in calls)
            {
                writer.WriteStartObject();
                writer.WriteNumber("index", call.Index);
                WriteCall(writer, call.Id, call.Name, call.Arguments);
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
        var isCall = called.Contains(choice) && request.Tools.Mode != ToolMode.Named;
        FinishFields.Write(writer, choice, model, isCall ? "tool_calls" : "stop");
        if (request.Fields.ReturnTokenIds)
        {
            writer.WriteIds("token_ids", choice.Tokens);
        }
    }

    private ReplyReader ReaderOf(Choice choice)
    {
        if (!readers.TryGetValue(choice, out var reader))
        {
            reader = readers[choice] = createReader();
        }

        return reader;
    }
}
