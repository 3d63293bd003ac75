using Luthier.Text.AddedTokens;
using Luthier.Text.Chat;
using Luthier.Text.Decoding;
using Luthier.Text.Normalization;
using Luthier.Text.Splitting;

namespace Luthier.Text.Loading;

/// <summary>What a tokenizer file says, whichever its format.</summary>
internal sealed record TokenizerParts
{
    public required TokenModel Model { get; init; }

    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    public Normalizer? Normalizer { get; init; }

    public PreTokenizer? PreTokenizer { get; init; }

    /// <summary>Ids put before and after a text when special tokens are asked for.</summary>
    public SequenceFrame Frame { get; init; } = new([], []);

    public required DecoderFactory Decoder { get; init; }

    /// <summary>Whether the decoder takes every token for characters of the byte alphabet.</summary>
    public bool DecodesByteAlphabet { get; init; }

    /// <summary>The special tokens that the file itself names.</summary>
    public SpecialIds SpecialIds { get; init; }

    /// <summary>How a conversation becomes text; none where the files have no template.</summary>
    public IReadOnlyList<ChatTemplateSource> ChatTemplates { get; init; } = [];

    /// <summary>The tokens that the files give a role, such as <c>bos_token</c>, by its name.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>The ids of the tokens with a role; null where there is none.</summary>
internal readonly record struct SpecialIds(int? Bos, int? Eos, int? Pad, int? Unknown);

/// <summary>Ids around a text.</summary>
internal sealed record SequenceFrame(int[] Before, int[] After)
{
    /// <summary>The frame with a begin- or end-of-sequence id put in or taken out.</summary>
    public SequenceFrame With(int? bos, bool? addBos, int? eos, bool? addEos) =>
        new(
            Change(Before, bos, addBos, (ids, id) => [id, .. ids]),
            Change(After, eos, addEos, (ids, id) => [.. ids, id])
        );

    private static int[] Change(int[] ids, int? id, bool? wanted, Func<int[], int, int[]> add)
    {
        if (id is not { } value || wanted is not { } want || ids.Contains(value) == want)
        {
            return ids;
        }

        return want ? add(ids, value) : Array.FindAll(ids, other => other != value);
    }
}
