using System.Text.Json;
using Luthier.Generation.Sampling;

namespace Luthier.Serving.Answers;

/// <summary>Log-probabilities in the three shapes of the API.</summary>
internal static class LogprobFields
{
    /// <summary>JSON has no −∞; vLLM writes this.</summary>
    private const float Least = -9999;

    /// <summary>Chats: <c>{"content":[{"token","logprob","bytes","top_logprobs"}]}</c>.</summary>
    public static void WriteChat(Utf8JsonWriter writer, TokenTexts texts, IEnumerable<TokenLogprobs> tokens)
    {
        writer.WriteStartObject("logprobs");
        writer.WriteStartArray("content");
        foreach (var token in tokens)
        {
            writer.WriteStartObject();
            WriteToken(writer, texts.Of(token.Token), token.Logprob);
            writer.WriteStartArray("top_logprobs");
            foreach (var top in token.Top)
            {
                writer.WriteStartObject();
                WriteToken(writer, texts.Of(top.Token), top.Logprob);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Completions: lists of tokens, their log-probabilities, the most probable, and where each begins.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="texts">What tokens spell.</param>
    /// <param name="tokens">Tokens, and what is known of each; nothing of a prompt's first.</param>
    /// <param name="offset">Characters before the first token.</param>
    /// <returns>Characters up to the end of the last.</returns>
    public static int WriteCompletion(
        Utf8JsonWriter writer,
        TokenTexts texts,
        IReadOnlyList<(int Token, TokenLogprobs? Known)> tokens,
        int offset
    )
    {
        writer.WriteStartObject("logprobs");
        writer.WriteStartArray("text_offset");
        foreach (var (token, _) in tokens)
        {
            writer.WriteNumberValue(offset);
            offset += texts.Of(token).Text.Length;
        }

        writer.WriteEndArray();
        writer.WriteStartArray("token_logprobs");
        foreach (var (_, known) in tokens)
        {
            WriteNumber(writer, known?.Logprob);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("tokens");
        foreach (var (token, _) in tokens)
        {
            writer.WriteStringValue(texts.Of(token).Text);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("top_logprobs");
        foreach (var (_, known) in tokens)
        {
            WriteTop(writer, texts, known);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        return offset;
    }

    /// <summary>Prompts, as vLLM has it: for each token but the first an object by token id.</summary>
    public static void WritePrompt(Utf8JsonWriter writer, TokenTexts texts, IReadOnlyList<TokenLogprobs?>? tokens)
    {
        if (tokens is null)
        {
            writer.WriteNull("prompt_logprobs");
            return;
        }

        writer.WriteStartArray("prompt_logprobs");
        foreach (var token in tokens)
        {
            if (token is null)
            {
                writer.WriteNullValue();
                continue;
            }

            writer.WriteStartObject();
            WriteRanked(writer, texts, token.Token, token.Logprob, token.Rank);
            for (var i = 0; i < token.Top.Count; i++)
            {
                if (token.Top[i].Token != token.Token)
                {
                    WriteRanked(writer, texts, token.Top[i].Token, token.Top[i].Logprob, i + 1);
                }
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteToken(Utf8JsonWriter writer, TokenText text, float logprob)
    {
        writer.WriteString("token", text.Text);
        writer.WriteNumber("logprob", Math.Max(logprob, Least));
        text.WriteBytes(writer);
    }

    private static void WriteRanked(Utf8JsonWriter writer, TokenTexts texts, int token, float logprob, int rank)
    {
        writer.WriteStartObject(token.ToString(System.Globalization.CultureInfo.InvariantCulture));
        writer.WriteNumber("logprob", Math.Max(logprob, Least));
        writer.WriteNumber("rank", rank);
        writer.WriteString("decoded_token", texts.Of(token).Text);
        writer.WriteEndObject();
    }

    /// <summary>By text; of tokens that spell the same, the most probable. The text's own token is among them.</summary>
    private static void WriteTop(Utf8JsonWriter writer, TokenTexts texts, TokenLogprobs? known)
    {
        if (known is null)
        {
            writer.WriteNullValue();
            return;
        }

        var written = new HashSet<string>(StringComparer.Ordinal);
        writer.WriteStartObject();
        foreach (var top in known.Top.Append(new TokenLogprob(known.Token, known.Logprob)))
        {
            if (written.Add(texts.Of(top.Token).Text))
            {
                writer.WriteNumber(texts.Of(top.Token).Text, Math.Max(top.Logprob, Least));
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, float? logprob)
    {
        if (logprob is { } value)
        {
            writer.WriteNumberValue(Math.Max(value, Least));
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
