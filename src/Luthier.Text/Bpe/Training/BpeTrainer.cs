using System.Runtime.InteropServices;
using Luthier.Text.Splitting;

namespace Luthier.Text.Bpe.Training;

/// <summary>Trains a byte-level BPE tokenizer: counts words, then merges the most frequent pair again and again.</summary>
public static class BpeTrainer
{
    /// <summary>
    /// Trains on text files (UTF-8) and writes tokenizer.json and tokenizer_config.json, which Hugging Face's tokenizers
    /// load too. The same files and options always give the same tokenizer.
    /// </summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    public static void Train(IEnumerable<string> files, string outputFolder, BpeTrainerOptions? options = null) =>
        TrainOnTexts(files.Select(File.ReadAllText), outputFolder, options);

    /// <summary>As <see cref="Train"/>, for texts that are in memory.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="IOException">A file can't be written.</exception>
    public static void TrainOnTexts(IEnumerable<string> texts, string outputFolder, BpeTrainerOptions? options = null)
    {
        options ??= new BpeTrainerOptions();
        options.Validate();
        TokenizerJsonWriter.Write(outputFolder, options, Learn(texts, options));
    }

    /// <summary>The tokens by id (special tokens, the byte alphabet, merged tokens) and the merges in order.</summary>
    internal static LearnedVocabulary Learn(IEnumerable<string> texts, BpeTrainerOptions options)
    {
        var firstByte = options.SpecialTokens.Count;
        var words = CountWords(texts, options)
            .OrderBy(w => w.Key, StringComparer.Ordinal)
            .Select(w => new TrainingWord(
                [.. ByteAlphabet.Encode(w.Key).Select(c => firstByte + ByteAlphabet.RankOf(c))],
                w.Value
            ));
        var pairs = new PairCounts([.. words]);
        List<string> tokens = [.. options.SpecialTokens, .. ByteAlphabet.InOrder.Select(c => c.ToString())];
        var ids = tokens
            .Select((token, id) => (token, id))
            .ToDictionary(t => t.token, t => t.id, StringComparer.Ordinal);
        var merges = new List<(int Left, int Right)>();
        while (tokens.Count < options.VocabularySize && pairs.TryTakeBest(options.MinimumFrequency, out var pair))
        {
            // Two ways of merging may lead to the same token.
            var token = tokens[pair.Left] + tokens[pair.Right];
            if (ids.TryAdd(token, tokens.Count))
            {
                tokens.Add(token);
            }

            merges.Add(pair);
            pairs.Merge(pair, ids[token]);
        }

        return new(tokens, merges);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, BpeTrainerOptions options)
    {
        Pattern pattern = options.Split == BpeSplit.Gpt2 ? new Gpt2Pattern() : new Cl100kPattern(maximumDigits: 3);
        var specials = new AddedTokens.AddedTokenFinder(
            options.SpecialTokens.Select((token, id) => (new AddedTokens.AddedToken(token, id), token))
        );
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var countsBySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts.Select(WellFormedText.Of))
        {
            for (var from = 0; from < text.Length; )
            {
                specials.Find(text, from, out var start, out var end);
                Count(text.AsSpan(from, start - from));
                from = end;
            }
        }

        return counts;

        void Count(ReadOnlySpan<char> section)
        {
            for (var from = 0; from < section.Length; )
            {
                // Both patterns match at every place.
                pattern.TryFind(section, from, out var start, out var length);
                CollectionsMarshal.GetValueRefOrAddDefault(countsBySpan, section.Slice(start, length), out _)++;
                from = start + length;
            }
        }
    }
}

/// <summary>What training found.</summary>
internal sealed record LearnedVocabulary(IReadOnlyList<string> Tokens, IReadOnlyList<(int Left, int Right)> Merges);
