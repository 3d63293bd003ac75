using Luthier.Formats.Json;
using Luthier.Text.Splitting;
using Luthier.Text.Splitting.Expressions;
using Luthier.Text.Unicode;

namespace Luthier.Text.HuggingFace;

/// <summary>Reads the pre-tokenizer of a tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    /// <summary>
    /// The steps, null where there are none, and whether the last one was the byte alphabet, which is left to the model.
    /// </summary>
    public static (PreTokenizer? PreTokenizer, bool BytesAsSymbols) Read(JsonField? field)
    {
        var stages = new List<PreTokenizer>();
        if (field is { } root)
        {
            Add(root, stages);
        }

        var bytesAsSymbols = stages is [.., ByteAlphabetPreTokenizer];
        if (bytesAsSymbols)
        {
            stages.RemoveAt(stages.Count - 1);
        }

        return (stages.Count > 0 ? new SequencePreTokenizer(stages) : null, bytesAsSymbols);
    }

    private static void Add(JsonField field, List<PreTokenizer> stages)
    {
        var type = field["type"].AsString();
        switch (type)
        {
            case "Sequence":
                foreach (var item in field["pretokenizers"].Items())
                {
                    Add(item, stages);
                }

                break;
            case "ByteLevel":
                AddByteLevel(field, stages);
                break;
            default:
                stages.Add(ReadSingle(field, type));
                break;
        }
    }

    private static void AddByteLevel(JsonField field, List<PreTokenizer> stages)
    {
        if (field.Find("add_prefix_space")?.AsBoolean() ?? true)
        {
            stages.Add(new PrefixSpacePreTokenizer());
        }

        if (field.Find("use_regex")?.AsBoolean() ?? true)
        {
            stages.Add(new SplitPreTokenizer(new Gpt2Pattern(), SplitBehavior.Isolated));
        }

        stages.Add(new ByteAlphabetPreTokenizer());
    }

    private static PreTokenizer ReadSingle(JsonField field, string type) =>
        type switch
        {
            "Split" => new SplitPreTokenizer(
                PatternReader.Read(field["pattern"]),
                ReadBehavior(field["behavior"]),
                field.Find("invert")?.AsBoolean() ?? false
            ),
            "Digits" => new SplitPreTokenizer(
                new KindPattern(CharacterKind.Number),
                field.Find("individual_digits")?.AsBoolean() ?? false
                    ? SplitBehavior.Isolated
                    : SplitBehavior.Contiguous
            ),
            "Metaspace" => ReadMetaspace(field),
            "Punctuation" => new SplitPreTokenizer(
                new PunctuationPattern(),
                field.Find("behavior") is { } behavior ? ReadBehavior(behavior) : SplitBehavior.Isolated
            ),
            "Whitespace" => new SplitPreTokenizer(
                new RegexPattern(@"\w+|[^\w\s]+", field.Source),
                SplitBehavior.Removed,
                invert: true
            ),
            "WhitespaceSplit" => new SplitPreTokenizer(new KindPattern(CharacterKind.Space), SplitBehavior.Removed),
            "BertPreTokenizer" => new SequencePreTokenizer([
                new SplitPreTokenizer(new KindPattern(CharacterKind.Space), SplitBehavior.Removed),
                new SplitPreTokenizer(new PunctuationPattern(), SplitBehavior.Isolated),
            ]),
            "CharDelimiterSplit" => new SplitPreTokenizer(
                new LiteralPattern(ReadCharacter(field["delimiter"]).ToString()),
                SplitBehavior.Removed
            ),
            _ => throw field["type"].Expected("the type of a pre-tokenizer that is supported"),
        };

    private static MetaspacePreTokenizer ReadMetaspace(JsonField field) =>
        new(ReadCharacter(field["replacement"]), ReadPrependScheme(field), field.Find("split")?.AsBoolean() ?? true);

    /// <summary>The scheme; older files have a flag instead.</summary>
    public static PrependScheme ReadPrependScheme(JsonField field)
    {
        if (field.Find("prepend_scheme") is not { } scheme)
        {
            return field.Find("add_prefix_space")?.AsBoolean() ?? true ? PrependScheme.Always : PrependScheme.Never;
        }

        return scheme.AsString() switch
        {
            "always" => PrependScheme.Always,
            "never" => PrependScheme.Never,
            "first" => PrependScheme.First,
            _ => throw scheme.Expected("always, never or first"),
        };
    }

    public static char ReadCharacter(JsonField field) =>
        field.AsString() is [var character] ? character : throw field.Expected("one character");

    private static SplitBehavior ReadBehavior(JsonField field) =>
        field.AsString() switch
        {
            "Removed" => SplitBehavior.Removed,
            "Isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            _ => throw field.Expected("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous"),
        };
}
