using System.Runtime.CompilerServices;
using System.Text;
using Luthier.Formats.Json;

namespace Luthier.Cli.Bench;

/// <summary>Where the requests of a load come from. Equal seeds give equal requests.</summary>
internal abstract class Dataset
{
    /// <summary>Requests without end.</summary>
    public abstract IAsyncEnumerable<BenchRequest> RequestsAsync(CancellationToken cancellation);
}

/// <summary>Random words, with lengths spread evenly around their means.</summary>
/// <param name="InputLength">Mean tokens of a prompt, without the prefix.</param>
/// <param name="OutputLength">Mean tokens to ask for.</param>
/// <param name="RangeRatio">How far lengths stray from their mean, as a share of it: 0 up to below 1.</param>
/// <param name="PrefixLength">Tokens at the beginning that prompts share.</param>
/// <param name="Prefixes">Number of different shared beginnings.</param>
internal sealed record RandomLengths(
    int InputLength,
    int OutputLength,
    double RangeRatio,
    int PrefixLength,
    int Prefixes
);

/// <inheritdoc cref="RandomLengths"/>
internal sealed class RandomDataset(RandomLengths lengths, PromptText text, int seed) : Dataset
{
    public override async IAsyncEnumerable<BenchRequest> RequestsAsync(
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var random = new Random(seed);
        var prefixes = new List<(string Text, int Tokens)>();
        for (var i = 0; i < lengths.Prefixes && lengths.PrefixLength > 0; i++)
        {
            prefixes.Add(await text.MakeAsync(lengths.PrefixLength, random, cancellation));
        }

        while (true)
        {
            var (prompt, tokens) = await text.MakeAsync(Spread(lengths.InputLength, random), random, cancellation);
            var output = Spread(lengths.OutputLength, random);
            if (prefixes.Count > 0)
            {
                var prefix = prefixes[random.Next(prefixes.Count)];
                prompt = $"{prefix.Text} {prompt}";
                tokens += prefix.Tokens;
            }

            yield return new BenchRequest(prompt, tokens, output);
        }
    }

    private int Spread(int mean, Random random)
    {
        var least = (int)Math.Floor(mean * (1 - lengths.RangeRatio));
        var most = (int)Math.Ceiling(mean * (1 + lengths.RangeRatio));
        return Math.Max(1, random.Next(least, most + 1));
    }
}

/// <summary>
/// A file's prompts over and over: JSON lines with <c>prompt</c>, or conversations in ShareGPT's form, whose first
/// message is the prompt and whose second tells the length of the answer.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="outputLength">Tokens to ask for; null: as long as the answers of a file that has them.</param>
/// <param name="text">Counts tokens.</param>
internal sealed class FileDataset(string path, int? outputLength, PromptText text) : Dataset
{
    private const int DefaultOutputLength = 256;

    // ShareGPT's own file has 0.7 GB.
    private const long MaxBytes = 1L << 30;

    public override async IAsyncEnumerable<BenchRequest> RequestsAsync(
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        while (true)
        {
            var isEmpty = true;
            foreach (var (prompt, answer) in Rows())
            {
                isEmpty = false;
                var output =
                    outputLength
                    ?? (
                        answer is null ? DefaultOutputLength : Math.Max(1, await text.CountAsync(answer, cancellation))
                    );
                yield return new BenchRequest(prompt, await text.CountAsync(prompt, cancellation), output);
            }

            if (isEmpty)
            {
                throw new Formats.InvalidFileException(path, "has no prompts");
            }
        }
    }

    private IEnumerable<(string Prompt, string? Answer)> Rows() => IsArray() ? Conversations() : Lines();

    private IEnumerable<(string Prompt, string? Answer)> Lines()
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                var row = JsonFile.Parse($"{path}:{number}", Encoding.UTF8.GetBytes(line));
                yield return row.Has("conversations") ? Conversation(row) : (row["prompt"].AsString(), null);
            }
        }
    }

    private IEnumerable<(string Prompt, string? Answer)> Conversations() =>
        JsonFile
            .Read(path, MaxBytes)
            .Items()
            .Where(row => (row.Find("conversations") ?? row["conversation"]).ItemCount >= 2)
            .Select(Conversation);

    private static (string Prompt, string? Answer) Conversation(JsonField row)
    {
        var messages = (row.Find("conversations") ?? row["conversation"]).Items().Take(2).ToArray();
        return messages.Length == 2
            ? (messages[0]["value"].AsString(), messages[1]["value"].AsString())
            : throw row.Invalid("expected at least two messages");
    }

    private bool IsArray()
    {
        using var reader = new StreamReader(path);
        int character;
        do
        {
            character = reader.Read();
        } while (character >= 0 && char.IsWhiteSpace((char)character));
        return character == '[';
    }
}
