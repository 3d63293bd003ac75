using System.Text.Json;

namespace Luthier.Text.Chat;

/// <summary>What a chat template makes a prompt of; the JSON is as OpenAI's API has it.</summary>
public sealed record ChatConversation
{
    /// <summary>
    /// A list of messages with <c>role</c> and <c>content</c>, a string or a list of text parts. Arguments of tool calls
    /// may be text, which is parsed.
    /// </summary>
    public required JsonElement Messages { get; init; }

    /// <summary>What the model may call: a list, or null.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>What the model may quote: a list, or null.</summary>
    public JsonElement? Documents { get; init; }

    /// <summary>Whether the prompt ends with what begins an answer.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>Whether the prompt ends with the last message, for the model to go on with it.</summary>
    public bool ContinueFinalMessage { get; init; }

    /// <summary>More variables of the template: an object. They go before those that have the same names here.</summary>
    public JsonElement? Variables { get; init; }

    public ChatContentFormat ContentFormat { get; init; }

    /// <summary>What <c>strftime_now</c> tells, as a local time.</summary>
    public required DateTime Now { get; init; }
}
