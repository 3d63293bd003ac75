using System.Text.Json;
using Luthier.Text.Bpe.Training;
using Luthier.Text.Splitting;

namespace Luthier.Text.Tests.Bpe;

public sealed class BpeTrainerTests
{
    private const string Corpus =
        "The luthier planes the spruce, the luthier glues the spruce, and the luthier strings it 1234 times.\n"
        + "Then the other luthiers plane the others' spruce. Grüße, 漢字 漢字!\n";

    private static readonly BpeTrainerOptions Options = new() { VocabularySize = 280 };

    [Fact]
    public void Tokenizer_that_was_trained_loads_and_round_trips()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["corpus.txt"], Corpus);
        BpeTrainer.Train([folder["corpus.txt"]], folder["out"], Options);
        var tokenizer = Tokenizer.Load(folder["out"]);
        tokenizer.VocabularySize.ShouldBe(280);
        (tokenizer.PadId, tokenizer.BosId, tokenizer.EosId).ShouldBe((0, 1, 2));
        tokenizer.Encode("")[0].ShouldBe(1);
        tokenizer.Encode(" the luthier", addSpecialTokens: false).Length.ShouldBeLessThan(4);
        TrickyText.ShouldHold(
            TrickyText.WellFormed,
            text => tokenizer.Decode(tokenizer.Encode(text), skipSpecialTokens: false).ShouldBe("<s>" + text)
        );
    }

    [Fact]
    public void Same_texts_give_the_same_files()
    {
        using var folder = TestData.TempFolder();
        foreach (var name in new[] { "a", "b" })
        {
            BpeTrainer.TrainOnTexts([Corpus], folder[name], Options);
        }

        foreach (var name in new[] { "tokenizer.json", "tokenizer_config.json" })
        {
            File.ReadAllBytes(folder[$"a/{name}"]).ShouldBe(File.ReadAllBytes(folder[$"b/{name}"]));
        }
    }

    [Theory]
    [InlineData(BpeSplit.Llama3)]
    [InlineData(BpeSplit.Gpt2)]
    public void Merges_are_those_of_the_definition(BpeSplit split)
    {
        var options = Options with { Split = split, VocabularySize = 400 };
        var learned = BpeTrainer.Learn([Corpus], options);
        Spell(learned.Merges, learned.Tokens).ShouldBe(MergesByDefinition(options));
    }

    [Fact]
    public void Rare_pairs_are_not_merged()
    {
        var learned = BpeTrainer.Learn(["ab ab cd"], Options with { MinimumFrequency = 2, BosToken = null });
        // "ab" and " ab" are different words; only the pair in both occurs twice.
        Spell(learned.Merges, learned.Tokens).ShouldBe(["a b"]);
    }

    [Fact]
    public void Special_tokens_take_the_first_ids_and_are_not_learned_from()
    {
        using var folder = TestData.TempFolder();
        var options = Options with { PadToken = null, AdditionalSpecialTokens = ["<|user|>", "</s>"] };
        BpeTrainer.TrainOnTexts(["<|user|><|user|><|user|>hi"], folder, options);
        var tokenizer = Tokenizer.Load(folder);
        tokenizer.Encode("<|user|>").ShouldBe([0, 2]);
        tokenizer.VocabularySize.ShouldBe(3 + 256);
        tokenizer.PadId.ShouldBeNull();
    }

    [Fact]
    public void File_has_what_hugging_face_requires()
    {
        using var folder = TestData.TempFolder();
        BpeTrainer.TrainOnTexts([Corpus], folder, Options);
        using var file = JsonDocument.Parse(File.ReadAllText(folder["tokenizer.json"]));
        var root = file.RootElement;
        root.GetProperty("version").GetString().ShouldBe("1.0");
        root.GetProperty("added_tokens")[1]
            .EnumerateObject()
            .Select(p => p.Name)
            .ShouldBe(["id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"]);
        root.GetProperty("post_processor").GetProperty("pair").GetArrayLength().ShouldBe(4);
        var model = root.GetProperty("model");
        model
            .EnumerateObject()
            .Select(p => p.Name)
            .ShouldBe([
                "type",
                "dropout",
                "unk_token",
                "continuing_subword_prefix",
                "end_of_word_suffix",
                "fuse_unk",
                "byte_fallback",
                "ignore_merges",
                "vocab",
                "merges",
            ]);
        model.GetProperty("vocab").GetPropertyCount().ShouldBe(280);
        model.GetProperty("merges").GetArrayLength().ShouldBe(280 - 256 - 3);
    }

    [Theory]
    [InlineData(258, 2, "</s>", "VocabularySize is 258, expected at least 259: 256 bytes and 3 special tokens")]
    [InlineData(512, 0, "</s>", "MinimumFrequency is 0, expected 1 or more")]
    [InlineData(512, 1, "x", "The special token 'x' is too short, expected two characters or more")]
    public void Options_out_of_range_are_refused(int size, int frequency, string eos, string message)
    {
        using var folder = TestData.TempFolder();
        var options = new BpeTrainerOptions
        {
            VocabularySize = size,
            MinimumFrequency = frequency,
            EosToken = eos,
        };
        Should
            .Throw<ArgumentException>(() => BpeTrainer.TrainOnTexts([], folder["x"], options))
            .Message.ShouldBe(message);
        Directory.Exists(folder["x"]).ShouldBeFalse();
    }

    private static List<string> Spell(IEnumerable<(int Left, int Right)> merges, IReadOnlyList<string> tokens) =>
        [.. merges.Select(m => $"{tokens[m.Left]} {tokens[m.Right]}")];

    /// <summary>Counts all pairs anew for each merge.</summary>
    private static List<string> MergesByDefinition(BpeTrainerOptions options)
    {
        Pattern pattern = options.Split == BpeSplit.Gpt2 ? new Gpt2Pattern() : new Cl100kPattern(3);
        var pieces = new List<Segment>();
        new SplitPreTokenizer(pattern, SplitBehavior.Isolated).Split(
            new Segment(Corpus, 0, Corpus.Length, true),
            pieces
        );
        var words = pieces.ConvertAll(p => ByteAlphabet.Encode(p.Span).Select(c => c.ToString()).ToList());
        var order = new List<string>(ByteAlphabet.InOrder.Select(c => c.ToString()));
        var merges = new List<string>();
        while (order.Count + 3 < options.VocabularySize)
        {
            var best = words
                .SelectMany(w => w.Zip(w.Skip(1)))
                .GroupBy(pair => pair)
                .Where(g => g.Count() >= options.MinimumFrequency)
                .OrderByDescending(g => g.Count())
                .ThenBy(g => order.IndexOf(g.Key.First))
                .ThenBy(g => order.IndexOf(g.Key.Second))
                .FirstOrDefault();
            if (best is null)
            {
                break;
            }

            var (left, right) = best.Key;
            merges.Add($"{left} {right}");
            if (!order.Contains(left + right))
            {
                order.Add(left + right);
            }

            foreach (var word in words)
            {
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if ((word[i], word[i + 1]).Equals((left, right)))
                    {
                        word[i] = left + right;
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }

        return merges;
    }
}
