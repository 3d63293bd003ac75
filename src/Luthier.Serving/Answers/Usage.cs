using System.Text.Json;
using Luthier.Serving.Choices;
using Luthier.Serving.Hosting;

namespace Luthier.Serving.Answers;

/// <summary>The tokens of a request as answers count them.</summary>
internal readonly record struct Usage(int PromptTokens, int CachedTokens, int CompletionTokens)
{
    /// <summary>A prompt counts once, however many texts continue it.</summary>
    /// <param name="choices">The texts, as far as they have come.</param>
    /// <param name="perPrompt">Texts for each prompt.</param>
    public static Usage Of(IReadOnlyList<Choice> choices, int perPrompt)
    {
        int prompt = 0,
            cached = 0,
            completion = 0;
        for (var i = 0; i < choices.Count; i++)
        {
            var isFirst = i % perPrompt == 0;
            prompt += isFirst ? choices[i].Prompt.Length : 0;
            cached += isFirst ? choices[i].Stream.CachedTokens : 0;
            completion += choices[i].TokenCount;
        }

        return new Usage(prompt, cached, completion);
    }

    /// <summary>Tells the log.</summary>
    public void AddTo(RequestRecord record)
    {
        record.PromptTokens = PromptTokens;
        record.CompletionTokens = CompletionTokens;
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("usage");
        writer.WriteNumber("prompt_tokens", PromptTokens);
        writer.WriteNumber("total_tokens", PromptTokens + CompletionTokens);
        writer.WriteNumber("completion_tokens", CompletionTokens);
        writer.WriteStartObject("prompt_tokens_details");
        writer.WriteNumber("cached_tokens", CachedTokens);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
