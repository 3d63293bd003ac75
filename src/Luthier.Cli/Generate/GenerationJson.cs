using System.Globalization;
using System.Text.Json;
using Luthier.Cli.CommandLine;
using Luthier.Generation;
using Luthier.Generation.Sampling;

namespace Luthier.Cli.Generate;

/// <summary>The members that <c>generate --json</c> prints.</summary>
internal static class GenerationJson
{
    public static void Write(Utf8JsonWriter writer, PromptSource source, GenerationResult result, TimeSpan loadTime)
    {
        JsonOutput.WriteArray(writer, "prompt_ids", source.Ids, (w, id) => w.WriteNumberValue(id));
        JsonOutput.WriteArray(writer, "output_ids", result.Tokens, (w, id) => w.WriteNumberValue(id));
        writer.WriteString("text", source.Tokenizer is null ? null : result.Text);
        writer.WriteString(
            "stop_reason",
            result.Reason switch
            {
                FinishReason.Stop => result.StopString is null ? "stop_token" : "stop_string",
                FinishReason.Cancelled => "cancelled",
                _ => "length",
            }
        );
        if (result.Generated is [{ Logprobs: not null }, ..])
        {
            JsonOutput.WriteArray(writer, "logprobs", result.Generated, (w, token) => Write(w, token.Logprobs!));
        }

        writer.WriteStartObject("timings");
        writer.WriteNumber("load_seconds", Math.Round(loadTime.TotalSeconds, 6));
        writer.WriteNumber("prompt_seconds", Math.Round(result.PromptTime.TotalSeconds, 6));
        writer.WriteNumber("decode_seconds", Math.Round(result.DecodingTime.TotalSeconds, 6));
        writer.WriteNumber("tokens_per_second", Math.Round(result.TokensPerSecond, 3));
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, TokenLogprobs logprobs)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id", logprobs.Token);
        writer.WriteNumber("logprob", Finite(logprobs.Logprob));
        writer.WriteNumber("rank", logprobs.Rank);
        writer.WriteStartObject("top");
        foreach (var (token, logprob) in logprobs.Top)
        {
            writer.WriteNumber(token.ToString(CultureInfo.InvariantCulture), Finite(logprob));
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    // JSON has no infinities; OpenAI writes this for what can't be.
    private static float Finite(float logprob) => Math.Max(logprob, -9999);
}
