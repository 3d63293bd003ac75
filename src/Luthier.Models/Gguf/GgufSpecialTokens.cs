using Luthier.Formats.Gguf;

namespace Luthier.Models.Gguf;

/// <summary>The ids of tokens with a role, from a GGUF file's metadata.</summary>
internal static class GgufSpecialTokens
{
    private const int ControlType = 3;
    private const int UserDefinedType = 4;

    // Tokens that end a turn, which some files don't name by a key.
    private static readonly HashSet<string> TurnEnds = new(StringComparer.Ordinal)
    {
        "<|eot_id|>",
        "<|im_end|>",
        "<|end|>",
        "<end_of_turn>",
        "<|endoftext|>",
        "<|end_of_text|>",
    };

    /// <summary>The id under <c>tokenizer.ggml.ROLE_token_id</c>, or null.</summary>
    public static int? Id(GgufFile file, string role) => file.Find($"tokenizer.ggml.{role}_token_id")?.AsInt32(0);

    /// <summary>The tokens at which a text ends: that of the sequence, then those of a turn.</summary>
    public static IReadOnlyList<int> Ends(GgufFile file)
    {
        var ends = new OrderedSet();
        ends.Add(Id(file, "eos"));
        ends.Add(Id(file, "eot"));
        ends.Add(Id(file, "eom"));
        if (
            file.Find("tokenizer.ggml.tokens")?.AsStrings() is { } tokens
            && file.Find("tokenizer.ggml.token_type")?.AsInt32s() is { } types
        )
        {
            for (var id = 0; id < Math.Min(tokens.Length, types.Length); id++)
            {
                if (types[id] is ControlType or UserDefinedType && TurnEnds.Contains(tokens[id]))
                {
                    ends.Add(id);
                }
            }
        }

        return ends.Ids;
    }

    private sealed class OrderedSet
    {
        public List<int> Ids { get; } = [];

        public void Add(int? id)
        {
            if (id is { } value && !Ids.Contains(value))
            {
                Ids.Add(value);
            }
        }
    }
}
