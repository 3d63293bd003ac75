#:property PublishAot=false
#:project ../../../src/Luthier.Text/Luthier.Text.csproj

// Makes what the quickstart's base model is trained on, in the folder given first: tokenizer files, config.json and
// corpus.jsonl. The texts are those of ../corpus, the news items of ../data/train.jsonl without their classes, and,
// if a folder of them is given second, public texts (wiki_demo.txt, c4_demo.jsonl, alpaca_en_demo.json).
// usage: dotnet run samples/quickstart/base/prepare.cs OUT_FOLDER [TEXT_FOLDER]

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Luthier.Text.Bpe.Training;
using Luthier.Text.Prompts;

var here = AppContext.GetData("EntryPointFileDirectoryPath") as string ?? ".";
var output = Directory.CreateDirectory(args[0]).FullName;
var texts = Own(here).Concat(args.Length > 1 ? Public(args[1]) : []).ToList();
var headlines = Headlines(here).ToList();
var random = new Random(7);

BpeTrainer.TrainOnTexts(texts.Concat(headlines), output, new BpeTrainerOptions { VocabularySize = 4096 });
File.Copy(Path.Combine(here, "config.json"), Path.Combine(output, "config.json"), overwrite: true);

// A text is seen as it is; a short one also with the question for its rarest words, which teaches the model to look
// back over the input where an answer begins.
var template = PromptTemplate.Load("alpaca_short");
var counts = texts
    .Concat(headlines)
    .SelectMany(Words)
    .GroupBy(word => word, StringComparer.Ordinal)
    .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
var documents = texts.Concat(headlines).ToList();
foreach (var text in texts.Concat(headlines).Concat(headlines))
{
    var words = Words(text)
        .Where(word => word.Length > 3 && counts[word] > 2)
        .Distinct(StringComparer.Ordinal)
        .OrderBy(word => counts[word])
        .Take(3)
        .ToArray();
    if (text.Length is > 40 and < 500 && words.Length == 3)
    {
        documents.Add(template.Render("Name the words that matter in the text.", text, string.Join(", ", words)));
    }
}

var rows = documents.ToArray();
random.Shuffle(rows);
var plain = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
File.WriteAllLines(
    Path.Combine(output, "corpus.jsonl"),
    rows.Select(text => new JsonObject { ["text"] = text }.ToJsonString(plain))
);
Console.WriteLine($"{rows.Length} texts, {rows.Sum(text => (long)text.Length)} characters");

static IEnumerable<string> Own(string here) =>
    Directory
        .EnumerateFiles(Path.Combine(here, "../corpus"), "*.txt")
        .Order(StringComparer.Ordinal)
        .SelectMany(file =>
            File.ReadAllText(file).Split("\n\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        );

static IEnumerable<string> Headlines(string here) =>
    File.ReadLines(Path.Combine(here, "../data/train.jsonl"))
        .Select(line => JsonNode.Parse(line)!["input"]!.GetValue<string>());

static IEnumerable<string> Public(string folder)
{
    foreach (var line in File.ReadLines(Path.Combine(folder, "text/wiki_demo.txt")))
    {
        foreach (var part in Regex.Split(line, @"(?<=[a-z]{3}[.])\s*(?=[A-Z])").Chunk(4))
        {
            yield return string.Join(' ', part);
        }
    }

    foreach (var line in File.ReadLines(Path.Combine(folder, "text/c4_demo.jsonl")))
    {
        yield return JsonNode.Parse(line)!["text"]!.GetValue<string>();
    }

    var template = PromptTemplate.Load("alpaca_short");
    foreach (
        var row in JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "instruct/alpaca_en_demo.json")))!.AsArray()
    )
    {
        yield return template.Render(
            row!["instruction"]!.GetValue<string>(),
            row["input"]?.GetValue<string>(),
            row["output"]!.GetValue<string>()
        );
    }
}

static IEnumerable<string> Words(string text) =>
    Regex.Matches(text, @"\p{L}+").Select(match => match.Value.ToLowerInvariant());
