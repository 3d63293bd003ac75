using System.Text.Json;
using Luthier.Cli.CommandLine;
using Luthier.Generation;

namespace Luthier.Cli.Generate;

/// <summary>The members that <c>generate --json</c> prints.</summary>
internal static class GenerationJson
{
    public static void Write(Utf8JsonWriter writer, PromptSource source, GenerationResult result, TimeSpan loadTime)
    {
        JsonOutput.WriteArray(writer, "prompt_ids", source.Ids, (w, id) => w.WriteNumberValue(id));
        JsonOutput.WriteArray(writer, "output_ids", result.Tokens, (w, id) => w.WriteNumberValue(id));
        writer.WriteString("text", source.TextOf(result.Tokens));
        writer.WriteString(
            "stop_reason",
            result.Reason switch
            {
                FinishReason.Stop => "stop_token",
                FinishReason.Cancelled => "cancelled",
                _ => "length",
            }
        );
        writer.WriteStartObject("timings");
        writer.WriteNumber("load_seconds", Math.Round(loadTime.TotalSeconds, 6));
        writer.WriteNumber("prompt_seconds", Math.Round(result.PromptTime.TotalSeconds, 6));
        writer.WriteNumber("decode_seconds", Math.Round(result.DecodingTime.TotalSeconds, 6));
        writer.WriteNumber("tokens_per_second", Math.Round(result.TokensPerSecond, 3));
        writer.WriteEndObject();
    }
}
