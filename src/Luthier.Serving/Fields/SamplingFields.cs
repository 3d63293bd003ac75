using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Luthier.Formats.Json;
using Luthier.Generation;
using Luthier.Models.Configuration;
using Luthier.Serving.Models;

namespace Luthier.Serving.Fields;

/// <summary>The fields that say how tokens are chosen and when a text ends, alike in all endpoints.</summary>
internal static class SamplingFields
{
    private const double MaxTemperature = 100;
    private const double MaxPenalty = 100;
    private const int MaxStops = 64;
    private const int MaxStopLength = 1024;
    private const int MaxTokenList = 1 << 16;
    private const int MaxBadWords = 256;

    /// <summary>
    /// Reads them all; what is missing is as the model's generation_config.json says, whatever it says of do_sample.
    /// </summary>
    public static GenerationOptions Read(FieldReader fields, ServedModel model)
    {
        var defaults = model.Generation;
        return new GenerationOptions
        {
            Temperature = fields.Read("temperature", defaults.Temperature ?? 1, f => f.AsDouble(0, MaxTemperature)),
            TopP = fields.Read("top_p", defaults.TopP ?? 1, ReadTopP),
            TopK = fields.Read("top_k", defaults.TopK ?? 0, f => Math.Max(0, f.AsInt32(-1))),
            MinP = fields.Read("min_p", 0.0, f => f.AsDouble(0, 1)),
            RepetitionPenalty = fields.Read(
                "repetition_penalty",
                defaults.RepetitionPenalty ?? 1,
                f => f.AsDouble() is > 0 and <= MaxPenalty and var x ? x : throw f.Expected("a number above 0")
            ),
            PresencePenalty = fields.Read("presence_penalty", 0.0, f => f.AsDouble(-2, 2)),
            FrequencyPenalty = fields.Read("frequency_penalty", 0.0, f => f.AsDouble(-2, 2)),
            Seed = fields.Read("seed", (ulong?)null, f => unchecked((ulong)f.AsInt64())) ?? RandomSeed(),
            LogitBias = fields.Read("logit_bias", [], f => ReadBias(f, model.Config)),
            AllowedTokens = fields.Read("allowed_token_ids", (int[]?)null, f => ReadIds(f, model.Config, least: 1)),
            BadWords = fields.Read("bad_words", (IReadOnlyList<int[]>)[], f => ReadBadWords(f, model)),
            StopTokens = ReadStopTokens(fields, model),
            StopStrings = fields.Read("stop", (string[])[], ReadStops),
            IncludeStopString = fields.Boolean("include_stop_str_in_output", fallback: false),
            MinNewTokens = fields.Integer("min_tokens", 0, minimum: 0),
            SkipSpecialTokens = fields.Boolean("skip_special_tokens", fallback: true),
        };
    }

    /// <summary>A list of the model's token ids.</summary>
    public static int[] ReadIds(JsonField field, ModelConfig config, int least = 0)
    {
        if (field.ItemCount < least || field.ItemCount > MaxTokenList)
        {
            throw field.Invalid($"has {field.ItemCount} items, expected {least} to {MaxTokenList}");
        }

        return [.. field.Items().Select(item => item.AsInt32(0, config.VocabularySize - 1))];
    }

    private static ulong RandomSeed()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private static double ReadTopP(JsonField field) =>
        field.AsDouble(0, 1) is > 0 and var value ? value : throw field.Expected("a number above 0 and at most 1");

    // ignore_eos is about the model's own end tokens; those that the request names end the text all the same.
    private static int[] ReadStopTokens(FieldReader fields, ServedModel model)
    {
        var ignores = fields.Boolean("ignore_eos", fallback: false);
        var own = fields.Read("stop_token_ids", (int[])[], field => ReadIds(field, model.Config));
        return [.. (ignores ? [] : model.Generation.EndOfSequence).Concat(own).Distinct()];
    }

    private static string[] ReadStops(JsonField field)
    {
        if (field.Kind == JsonValueKind.String)
        {
            return [ReadStop(field)];
        }

        if (field.Kind != JsonValueKind.Array)
        {
            throw field.Expected("a string or a list of strings");
        }

        return field.ItemCount <= MaxStops
            ? [.. field.Items().Select(ReadStop)]
            : throw field.Invalid($"has {field.ItemCount} items, expected at most {MaxStops}");
    }

    private static string ReadStop(JsonField field) =>
        field.AsString() is { Length: > 0 and <= MaxStopLength } text
            ? text
            : throw field.Expected($"a string of 1 to {MaxStopLength} characters");

    private static Dictionary<int, float> ReadBias(JsonField field, ModelConfig config)
    {
        var biases = new Dictionary<int, float>();
        foreach (var (name, value) in field.Members())
        {
            var isToken = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var token);
            if (!isToken || token >= config.VocabularySize)
            {
                throw value.Invalid($"the name must be a token id from 0 to {config.VocabularySize - 1}");
            }

            biases[token] = (float)value.AsDouble(-100, 100);
        }

        return biases;
    }

    /// <summary>A word is several sequences of tokens: as it begins a text, and as it follows a space.</summary>
    private static List<int[]> ReadBadWords(JsonField field, ServedModel model)
    {
        if (field.ItemCount > MaxBadWords)
        {
            throw field.Invalid($"has {field.ItemCount} items, expected at most {MaxBadWords}");
        }

        var sequences = new List<int[]>();
        foreach (var item in field.Items())
        {
            var word = item.AsString().TrimStart(' ');
            foreach (var text in (ReadOnlySpan<string>)[word, " " + word])
            {
                var ids = word.Length > 0 ? model.Tokenizer.Encode(text, addSpecialTokens: false) : [];
                if (ids.Length > 0 && !sequences.Any(other => other.AsSpan().SequenceEqual(ids)))
                {
                    sequences.Add(ids);
                }
            }
        }

        return sequences;
    }
}
