using System.Text.Json.Nodes;
using Luthier.Formats.Gguf;
using Luthier.Text.Gguf;
using Luthier.Text.Tests.Reference;

namespace Luthier.Text.Tests.Gguf;

/// <summary>Ids by llama.cpp on the same files.</summary>
public sealed class LlamaCppTokenTests
{
    // GPT-2's vocabulary has a token for every byte: any rule can cut for it.
    [Fact]
    public void Every_rule_cuts_text_as_llama_cpp_does()
    {
        using var folder = TestData.TempFolder();
        var source = TestData.Shared("data/tokenizers/gpt-2.gguf");
        string[] texts = [.. VectorFile.Read("data/tokenizers/gpt-2.gguf").Select(item => item.Text), .. Texts];
        string[] names =
        [
            .. GgufPreTokenization
                .All.SelectMany(rule => new[] { rule.Names[0], rule.Names[^1] })
                .Distinct(StringComparer.Ordinal),
        ];
        foreach (var name in names)
        {
            Rename(source, name, folder[$"{name}.gguf"]);
        }

        var answers = LlamaCpp.Run([.. names.Select(name => Request(folder[$"{name}.gguf"], texts))]);
        var differences = new List<string>();
        for (var i = 0; i < names.Length; i++)
        {
            var tokenizer = Tokenizer.Load(folder[$"{names[i]}.gguf"]);
            for (var j = 0; j < texts.Length; j++)
            {
                int[] expected = [.. answers[i]!["tokens"]![j]!.AsArray().Select(id => id!.GetValue<int>())];
                var actual = tokenizer.Encode(texts[j], addSpecialTokens: false);
                if (!actual.SequenceEqual(expected))
                {
                    differences.Add(
                        $"{names[i]} on «{texts[j]}»: {Show(tokenizer, actual)} instead of {Show(tokenizer, expected)}"
                    );
                }
            }
        }

        differences.ShouldBeEmpty();
    }

    private static readonly string[] Texts =
    [
        "Hello World HELLOworld helloWORLD'S don't WE'LL it's 'tis IT'S",
        "1 12 123 1234 12345678 3.14 x1y2 ١٢٣ Ⅷ ½",
        "a\n\n\nb \r\n c\t\td  e   \n  f \n",
        "f(x)=y+z<>^~|$`#@!?...!!! /*a*/ -- \"q\" 'q' http://a.b/c_d-e?f=g&h, (i) [j] {k} //\n.\n",
        "漢字かなカナ한글 中文123 mixedカナabc ñandú Ünïcödé ΑΒγδ ЖжЯя العربية हिन्दी ไทย",
        "🦙🚀 👩‍🚀 \u00A0\u3000x\u2028y …。，、 end  ",
    ];

    private static JsonObject Request(string model, string[] texts) =>
        new() { ["model"] = model, ["tokenize"] = new JsonArray([.. texts.Select(text => (JsonNode)text)]) };

    private static string Show(Tokenizer tokenizer, int[] ids) => string.Join('|', ids.Select(tokenizer.TokenOf));

    private static void Rename(string source, string pre, string target)
    {
        using var file = GgufFile.Open(source);
        GgufWriter.Write(
            target,
            [
                .. file.Metadata.Values.Where(value => value.Key is not "tokenizer.ggml.pre"),
                GgufValue.Of("tokenizer.ggml.pre", pre),
            ],
            []
        );
    }
}
