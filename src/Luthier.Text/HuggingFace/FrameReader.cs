using Luthier.Formats.Json;
using Luthier.Text.Loading;

namespace Luthier.Text.HuggingFace;

/// <summary>Reads from the post-processor of a tokenizer.json which ids it puts around a single text.</summary>
internal static class FrameReader
{
    public static SequenceFrame Read(JsonField field)
    {
        var type = field["type"].AsString();
        switch (type)
        {
            case "ByteLevel":
                return new([], []);
            case "TemplateProcessing":
                return ReadTemplate(field);
            case "RobertaProcessing" or "BertProcessing":
                return new([ReadPair(field["cls"])], [ReadPair(field["sep"])]);
            case "Sequence":
                var frame = new SequenceFrame([], []);
                foreach (var item in field["processors"].Items())
                {
                    var outer = Read(item);
                    frame = new([.. outer.Before, .. frame.Before], [.. frame.After, .. outer.After]);
                }

                return frame;
            default:
                throw field["type"].Expected("the type of a post-processor that is supported");
        }
    }

    private static SequenceFrame ReadTemplate(JsonField field)
    {
        var before = new List<int>();
        var after = new List<int>();
        var sequences = 0;
        var single = field["single"];
        foreach (var item in single.Items())
        {
            if (item.Find("Sequence") is not null)
            {
                sequences++;
                continue;
            }

            var name = item["SpecialToken"]["id"].AsString();
            var ids = field["special_tokens"][name]["ids"].Items().Select(id => id.AsInt32(0, Vocabulary.MaximumId));
            (sequences == 0 ? before : after).AddRange(ids);
        }

        return sequences == 1
            ? new([.. before], [.. after])
            : throw single.Invalid($"expected one Sequence, found {sequences}");
    }

    // ["</s>", 2]
    private static int ReadPair(JsonField field)
    {
        var items = field.Items().ToList();
        return items.Count == 2
            ? items[1].AsInt32(0, Vocabulary.MaximumId)
            : throw field.Expected("a token and its id");
    }
}
