using Luthier.Formats.Gguf;
using Luthier.Text.Bpe;
using Luthier.Text.Decoding;
using Luthier.Text.Loading;
using Luthier.Text.SentencePiece;

namespace Luthier.Text.Gguf;

/// <summary>Byte-level BPE from a GGUF file: tokens in the byte alphabet, and merges in the order of their ranks.</summary>
internal static class GgufBytePairs
{
    public static TokenizerParts Read(GgufFile file, GgufTokens tokens, GgufPreTokenization rule)
    {
        var vocabulary = new Vocabulary(tokens.Texts.Length);
        for (var id = 0; id < tokens.Texts.Length; id++)
        {
            // Added tokens are text, not bytes in the alphabet: no piece becomes one.
            if (tokens.TypeOf(id) is not (PieceType.Control or PieceType.UserDefined))
            {
                vocabulary.Add(tokens.Texts[id], id);
            }
        }

        var unknown = tokens.Id(file, "unknown");
        return new TokenizerParts
        {
            Model = new BpeModel(
                new BpeOptions
                {
                    Vocabulary = vocabulary,
                    Merges = ReadMerges(file, vocabulary),
                    BytesAsSymbols = true,
                    UnknownId = unknown,
                    IgnoreMerges = rule.IgnoresMerges,
                }
            ),
            PreTokenizer = rule.Create(file.Path),
            Decoder = next => new ByteLevelStage(next),
            DecodesByteAlphabet = true,
            SpecialIds = new(null, null, null, unknown),
        };
    }

    private static PairTable ReadMerges(GgufFile file, Vocabulary vocabulary)
    {
        var stated = file[GgufKeys.Merges];
        var merges = stated.AsStrings();
        var table = new MergeTable(vocabulary, merges.Length);
        for (var i = 0; i < merges.Length; i++)
        {
            var split = merges[i].IndexOf(' ', Math.Min(1, merges[i].Length));
            if (split < 0 || split == merges[i].Length - 1)
            {
                throw stated.Invalid($"item {i}: expected two tokens with one space between them");
            }

            if (!table.TryAdd(merges[i], split))
            {
                throw stated.Invalid($"item {i}: the parts of a merge and the whole must be tokens of the vocabulary");
            }
        }

        return table.Pairs;
    }
}
