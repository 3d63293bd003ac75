using System.Text.Json.Nodes;
using Luthier.Text.Splitting;

namespace Luthier.Text.Tests.HuggingFace;

/// <summary>Writes small tokenizer.json files: the parts of interest by hand, the rest as usual.</summary>
internal static class TinyTokenizer
{
    /// <summary>A model over bytes: the 256 bytes have ids 0 to 255 in the alphabet's order, merges go on from there.</summary>
    public static string ByteModel(params string[] merges)
    {
        var tokens = ByteAlphabet.InOrder.Select(c => c.ToString()).ToList();
        tokens.AddRange(merges.Select(m => m.Replace(" ", "", StringComparison.Ordinal)));
        return Model(tokens, merges);
    }

    /// <summary>A model over characters with the given tokens, in order of their ids.</summary>
    public static string CharacterModel(string tokens, string merges, string options = "") =>
        Model(
            [.. tokens.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            merges.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            options
        );

    /// <summary>The whole file; parts that are null are left out.</summary>
    public static string File(
        string model,
        string? normalizer = null,
        string? preTokenizer = null,
        string? postProcessor = null,
        string? decoder = null,
        string addedTokens = "[]"
    )
    {
        var root = new JsonObject { ["version"] = "1.0", ["added_tokens"] = JsonNode.Parse(addedTokens) };
        foreach (
            var (name, json) in new[]
            {
                ("normalizer", normalizer),
                ("pre_tokenizer", preTokenizer),
                ("post_processor", postProcessor),
                ("decoder", decoder),
                ("model", model),
            }
        )
        {
            root[name] = json is null ? null : JsonNode.Parse(json);
        }

        return root.ToJsonString();
    }

    public static Tokenizer Load(string json)
    {
        using var folder = TestData.TempFolder();
        System.IO.File.WriteAllText(folder["tokenizer.json"], json);
        return Tokenizer.Load(folder["tokenizer.json"]);
    }

    /// <summary>The tokens of a text, with | between them.</summary>
    public static string Tokens(this Tokenizer tokenizer, string text) =>
        string.Join('|', tokenizer.Encode(text, addSpecialTokens: false).Select(tokenizer.TokenOf));

    private static string Model(List<string> tokens, string[] merges, string options = "")
    {
        var model = JsonNode.Parse($"{{{options}}}")!.AsObject();
        model["type"] = "BPE";
        model["vocab"] = new JsonObject(tokens.Select((t, id) => KeyValuePair.Create(t, (JsonNode?)id)));
        model["merges"] = new JsonArray([.. merges.Select(m => (JsonNode)m)]);
        return model.ToJsonString();
    }
}
