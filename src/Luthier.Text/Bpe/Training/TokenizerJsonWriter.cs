using System.Text.Json.Nodes;
using Luthier.Formats.Files;
using Luthier.Formats.Json;
using Luthier.Text.Splitting;

namespace Luthier.Text.Bpe.Training;

/// <summary>Writes a byte-level BPE tokenizer as Hugging Face's files.</summary>
internal static class TokenizerJsonWriter
{
    public static void Write(string folder, BpeTrainerOptions options, LearnedVocabulary learned)
    {
        Directory.CreateDirectory(folder);
        // Everything in the order in which Hugging Face's tokenizers write it.
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. options.SpecialTokens.Select(SpecialToken)]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = PreTokenizer(options.Split),
            ["post_processor"] = PostProcessor(options),
            ["decoder"] = ByteLevel(useRegex: true),
            ["model"] = Model(learned),
        };
        PythonJson.Write(Path.Combine(folder, TokenizerFiles.Json), root, sortKeys: false, ascii: false);
        var config = new JsonObject
        {
            ["add_bos_token"] = options.BosToken is not null,
            ["add_eos_token"] = false,
            ["bos_token"] = options.BosToken,
            ["clean_up_tokenization_spaces"] = false,
            ["eos_token"] = options.EosToken,
            ["pad_token"] = options.PadToken,
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
        };
        PythonJson.Write(Path.Combine(folder, TokenizerFiles.Config), config);
    }

    private static JsonObject Model(LearnedVocabulary learned)
    {
        var tokens = learned.Tokens;
        var vocabulary = new JsonObject();
        for (var id = 0; id < tokens.Count; id++)
        {
            vocabulary.Add(tokens[id], id);
        }

        var merges = learned.Merges.Select(m => (JsonNode)$"{tokens[m.Left]} {tokens[m.Right]}");
        return new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
            ["vocab"] = vocabulary,
            ["merges"] = new JsonArray([.. merges]),
        };
    }

    private static JsonNode SpecialToken(string content, int id) =>
        new JsonObject
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        };

    private static JsonObject PreTokenizer(BpeSplit split) =>
        split == BpeSplit.Gpt2
            ? ByteLevel(useRegex: true)
            : new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = Cl100kPattern.Llama3Expression },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    ByteLevel(useRegex: false)
                ),
            };

    private static JsonObject ByteLevel(bool useRegex) =>
        new()
        {
            ["type"] = "ByteLevel",
            ["add_prefix_space"] = false,
            ["trim_offsets"] = true,
            ["use_regex"] = useRegex,
        };

    private static JsonObject? PostProcessor(BpeTrainerOptions options)
    {
        if (options.BosToken is not { } bos)
        {
            return null;
        }

        var id = options.SpecialTokens.ToList().IndexOf(bos);
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(Special(bos, 0), Sequence("A", 0)),
            ["pair"] = new JsonArray(Special(bos, 0), Sequence("A", 0), Special(bos, 1), Sequence("B", 1)),
            ["special_tokens"] = new JsonObject
            {
                [bos] = new JsonObject
                {
                    ["id"] = bos,
                    ["ids"] = new JsonArray(id),
                    ["tokens"] = new JsonArray(bos),
                },
            },
        };
    }

    private static JsonObject Special(string token, int type) =>
        new()
        {
            ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = type },
        };

    private static JsonObject Sequence(string name, int type) =>
        new()
        {
            ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type },
        };
}
