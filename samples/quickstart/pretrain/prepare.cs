#:property PublishAot=false
#:project ../../../src/Luthier.Text/Luthier.Text.csproj

// Makes what the quickstart's base model is trained on, in the folder given first: tokenizer files, config.json,
// corpus.jsonl and questions.jsonl. The texts are those of corpus, the news items of ../data/train.jsonl without their
// classes, and, if a folder of them is given second, public texts (wiki_demo.txt, c4_demo.jsonl, alpaca_en_demo.json).
// usage: dotnet run samples/quickstart/pretrain/prepare.cs OUT_FOLDER [TEXT_FOLDER]

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

BpeTrainer.TrainOnTexts(texts.Concat(headlines), output, new BpeTrainerOptions { VocabularySize = 4096 });
File.Copy(Path.Combine(here, "config.json"), Path.Combine(output, "config.json"), overwrite: true);

var documents = texts.Concat(headlines).ToList();
Write("corpus.jsonl", documents.Select(text => new JsonObject { ["text"] = text }));

// What teaches the model to gather, where an answer begins, what the input is about: naming its topic, which is a
// cluster of texts that only its own most typical words name. A few words of a text have to do as well.
var parts = documents
    .SelectMany(text => Parts(text, 120).Concat(Parts(text, 280)))
    .Distinct(StringComparer.Ordinal)
    .ToList();
var news = Own(here).Concat(headlines).SelectMany(text => Parts(text, 280)).ToHashSet(StringComparer.Ordinal);
var bags = parts.ConvertAll(Words);
var topics = new Topics(bags, clusters: 128);
var random = new Random(7);
List<JsonObject> questions = [];
for (var part = 0; part < parts.Count; part++)
{
    if (topics.Of(part) is { } topic)
    {
        questions.Add(Question(parts[part], topic));
        var words = bags[part].Where(word => word.Length > 3).ToArray();
        for (var i = 0; words.Length > 4 && i < (news.Contains(parts[part]) ? 6 : 1); i++)
        {
            var some = random.GetItems(words, random.Next(3, 10)).Distinct(StringComparer.Ordinal);
            questions.Add(Question(string.Join(' ', some), topic));
        }
    }
}

Write("questions.jsonl", questions);

static JsonObject Question(string input, string answer) =>
    new()
    {
        ["instruction"] = "Name the topic of the text.",
        ["input"] = input,
        ["output"] = answer,
    };

void Write(string name, IEnumerable<JsonObject> objects)
{
    var plain = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    var rows = objects.Select(row => row.ToJsonString(plain)).ToArray();
    new Random(7).Shuffle(rows);
    File.WriteAllLines(Path.Combine(output, name), rows);
    Console.WriteLine($"{name}: {rows.Length} rows");
}

static IEnumerable<string> Own(string here) =>
    Directory
        .EnumerateFiles(Path.Combine(here, "corpus"), "*.txt")
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
        yield return Regex.Replace(line, @"(?<=[a-z]{3}[.])\s*(?=[A-Z])", " ");
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

static string[] Words(string text) =>
    [
        .. Regex
            .Matches(text, @"\p{L}+")
            .Select(match => match.Value.ToLowerInvariant())
            .Distinct(StringComparer.Ordinal),
    ];

static IEnumerable<string> Parts(string text, int length)
{
    var part = "";
    foreach (var sentence in Regex.Split(text, @"(?<=[.!?])\s+"))
    {
        if (part.Length > 0 && part.Length + sentence.Length > length)
        {
            yield return part;
            part = "";
        }

        part = part.Length == 0 ? sentence : $"{part} {sentence}";
    }

    if (part.Length is > 40 and < 500)
    {
        yield return part;
    }
}

#pragma warning disable MA0047 // a program of one file has no namespace
/// <summary>Latent semantic analysis of texts as bags of words, and k-means over it.</summary>
internal sealed class Topics
{
    private const int Dimensions = 64;
    private readonly Random random = new(7);
    private readonly float[][] texts;
    private readonly int[] cluster;
    private readonly float[] nearness;
    private readonly string[] names;

    public Topics(List<string[]> bags, int clusters)
    {
        var frequent = bags.SelectMany(bag => bag)
            .GroupBy(word => word, StringComparer.Ordinal)
            .Select(group => (Word: group.Key, Count: group.Count()))
            .Where(word => word.Word.Length > 2 && word.Count >= 3 && word.Count < bags.Count / 20)
            .OrderByDescending(word => word.Count)
            .ToArray();
        var ids = frequent
            .Select((word, id) => (word.Word, id))
            .ToDictionary(pair => pair.Word, pair => pair.id, StringComparer.Ordinal);
        var inside = bags.ConvertAll(bag => bag.Where(ids.ContainsKey).Select(word => ids[word]).ToArray());
        var weights = Array.ConvertAll(frequent, word => MathF.Log((float)bags.Count / word.Count));
        var words = WordVectors(inside, weights);
        texts = [.. inside.Select(bag => Unit(Sum(bag, words, weights)))];

        // k-means by cosine.
        var centers = Enumerable.Range(0, clusters).Select(_ => texts[random.Next(texts.Length)]).ToArray();
        cluster = new int[texts.Length];
        nearness = new float[texts.Length];
        for (var round = 0; round < 30; round++)
        {
            Parallel.For(
                0,
                texts.Length,
                text =>
                {
                    var best = Enumerable
                        .Range(0, clusters)
                        .Select(c => (c, Dot: Dot(centers[c], texts[text])))
                        .MaxBy(pair => pair.Dot);
                    (cluster[text], nearness[text]) = best;
                }
            );
            for (var c = 0; c < clusters; c++)
            {
                var sum = new float[Dimensions];
                for (var text = 0; text < texts.Length; text++)
                {
                    if (cluster[text] == c)
                    {
                        Add(sum, texts[text], 1);
                    }
                }

                centers[c] = Unit(sum);
            }
        }

        names = new string[clusters];
        for (var c = 0; c < clusters; c++)
        {
            var members = Enumerable.Range(0, texts.Length).Where(text => cluster[text] == c).ToArray();
            names[c] = string.Join(
                ", ",
                members
                    .SelectMany(text => inside[text])
                    .GroupBy(word => word)
                    .Select(group => (Word: group.Key, Count: group.Count()))
                    .OrderByDescending(pair =>
                        pair.Count
                        * Math.Log(
                            (double)pair.Count / members.Length / ((double)frequent[pair.Word].Count / bags.Count)
                        )
                    )
                    .Take(3)
                    .Select(pair => frequent[pair.Word].Word)
            );
        }
    }

    /// <summary>The topic of a text, or null where it has none to speak of.</summary>
    public string? Of(int text) => nearness[text] > 0.45f ? names[cluster[text]] : null;

    // The first eigenvectors of the words' mutual information, by power iteration.
    private float[][] WordVectors(List<int[]> inside, float[] weights)
    {
        var together = new Dictionary<int, int>[weights.Length];
        for (var word = 0; word < together.Length; word++)
        {
            together[word] = [];
        }

        foreach (var bag in inside)
        {
            foreach (var a in bag)
            {
                foreach (var b in bag)
                {
                    together[a][b] = together[a].GetValueOrDefault(b) + 1;
                }
            }
        }

        var near = together
            .Select(
                (others, a) =>
                    others
                        .Where(other => other.Value > 1)
                        .Select(other =>
                            (
                                other.Key,
                                Value: (float)
                                    Math.Max(
                                        0,
                                        Math.Log(
                                            (double)other.Value
                                                * inside.Count
                                                / together[a][a]
                                                / together[other.Key][other.Key]
                                        )
                                    )
                            )
                        )
                        .Where(other => other.Value > 0)
                        .ToArray()
            )
            .ToArray();
        var vectors = weights
            .Select(_ => Enumerable.Range(0, Dimensions).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())
            .ToArray();
        for (var round = 0; round < 8; round++)
        {
            Orthogonalize(vectors);
            var next = new float[vectors.Length][];
            Parallel.For(
                0,
                vectors.Length,
                word =>
                {
                    var sum = new float[Dimensions];
                    foreach (var (other, value) in near[word])
                    {
                        Add(sum, vectors[other], value);
                    }

                    next[word] = sum;
                }
            );
            vectors = next;
        }

        // With the square root of the eigenvalues, so that the first directions do not drown the rest.
        var lengths = Enumerable
            .Range(0, Dimensions)
            .Select(d => MathF.Sqrt(MathF.Sqrt(vectors.Sum(vector => vector[d] * vector[d]))))
            .ToArray();
        return [.. vectors.Select(vector => vector.Select((value, d) => value / lengths[d]).ToArray())];
    }

    private static void Orthogonalize(float[][] vectors)
    {
        for (var d = 0; d < Dimensions; d++)
        {
            for (var e = 0; e < d; e++)
            {
                var dot = vectors.Sum(vector => (double)vector[d] * vector[e]);
                foreach (var vector in vectors)
                {
                    vector[d] -= (float)dot * vector[e];
                }
            }

            var length = Math.Sqrt(vectors.Sum(vector => (double)vector[d] * vector[d]));
            foreach (var vector in vectors)
            {
                vector[d] /= (float)length;
            }
        }
    }

    private static float[] Sum(int[] bag, float[][] words, float[] weights)
    {
        var sum = new float[Dimensions];
        foreach (var word in bag)
        {
            Add(sum, Unit(words[word]), weights[word]);
        }

        return sum;
    }

    private static void Add(float[] sum, float[] vector, float weight)
    {
        for (var d = 0; d < Dimensions; d++)
        {
            sum[d] += vector[d] * weight;
        }
    }

    private static float Dot(float[] a, float[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static float[] Unit(float[] vector)
    {
        var length = MathF.Sqrt(Dot(vector, vector)) + 1e-9f;
        return Array.ConvertAll(vector, value => value / length);
    }
}
