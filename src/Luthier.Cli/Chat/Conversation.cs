using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Cli.Api;

namespace Luthier.Cli.Chat;

/// <summary>What was said so far, and how it goes on.</summary>
/// <param name="client">The server that answers.</param>
/// <param name="model">The model's name there.</param>
/// <param name="system">What the model is told first; null: nothing.</param>
/// <param name="sampling">Fields that each request has besides.</param>
internal sealed class Conversation(ApiClient client, string model, string? system, JsonObject sampling)
{
    private readonly List<(string Role, string Text)> messages = [];

    /// <summary>Messages of both sides.</summary>
    public int Count => messages.Count;

    /// <summary>Forgets all but what the model is told first.</summary>
    public void Clear() => messages.Clear();

    /// <summary>
    /// Says something and hands out the answer as it comes. An answer that is cancelled counts as far as it came; one
    /// that fails leaves no trace.
    /// </summary>
    /// <exception cref="ApiClientException">The server didn't answer.</exception>
    public async Task AskAsync(string text, Action<string> onText, CancellationToken cancellation)
    {
        messages.Add(("user", text));
        var answer = new StringBuilder();
        try
        {
            await foreach (var chunk in client.StreamAsync("v1/chat/completions", Body(), cancellation))
            {
                var part = TextOf(chunk);
                answer.Append(part);
                onText(part);
            }
        }
        catch (OperationCanceledException) { }
        catch
        {
            messages.RemoveAt(messages.Count - 1);
            throw;
        }

        messages.Add(("assistant", answer.ToString()));
    }

    private JsonObject Body()
    {
        var body = (JsonObject)sampling.DeepClone();
        body["model"] = model;
        body["stream"] = true;
        var list = new JsonArray();
        foreach (var (role, text) in system is null ? messages : messages.Prepend(("system", system)))
        {
            list.Add((JsonNode)new JsonObject { ["role"] = role, ["content"] = text });
        }

        body["messages"] = list;
        return body;
    }

    private static string TextOf(JsonElement chunk) =>
        chunk.TryGetProperty("choices", out var choices)
        && choices.ValueKind == JsonValueKind.Array
        && choices.GetArrayLength() > 0
        && choices[0].TryGetProperty("delta", out var delta)
        && delta.TryGetProperty("content", out var content)
        && content.ValueKind == JsonValueKind.String
            ? content.GetString()!
            : "";
}
