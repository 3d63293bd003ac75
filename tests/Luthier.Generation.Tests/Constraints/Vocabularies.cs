using System.Collections.Concurrent;
using System.Text;
using Luthier.Generation.Constraints;
using Luthier.Text;

namespace Luthier.Generation.Tests.Constraints;

/// <summary>Tokenizers of real models, each with a compiler, loaded once.</summary>
internal sealed class Vocabularies
{
    private static readonly ConcurrentDictionary<string, Vocabularies> Loaded = new(StringComparer.Ordinal);

    private readonly Lazy<ConstraintCompiler> compiler;
    private readonly byte[]?[] bytes;
    private readonly bool[] endsThings;

    private Vocabularies(Tokenizer tokenizer)
    {
        Tokenizer = tokenizer;
        bytes = [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.BytesOf)];
        endsThings = [.. bytes.Select(spelled => !spelled!.Any(b => b > 0x7F || char.IsAsciiLetterOrDigit((char)b)))];
        endsThings[tokenizer.EosId!.Value] = true;
        compiler = new Lazy<ConstraintCompiler>(() => new ConstraintCompiler(tokenizer));
    }

    /// <summary>The one in the repository, the smallest.</summary>
    public const string Quickstart = "quickstart";

    /// <summary>All of them, for theories.</summary>
    public static TheoryData<string> All { get; } = [Quickstart, "gpt-2", "llama2", "llama3"];

    public Tokenizer Tokenizer { get; }

    public ConstraintCompiler Compiler => compiler.Value;

    /// <summary>Whether a token is the end, or without letters and digits.</summary>
    public bool EndsThings(int token) => endsThings[token];

    public int End => Tokenizer.EosId!.Value;

    public static Vocabularies Load(string name)
    {
        var path =
            name is Quickstart
                ? Path.Combine(TestData.RepositoryRoot, "samples/quickstart/base")
                : TestData.Shared($"data/tokenizers/{name}");
        return Loaded.GetOrAdd(path, _ => new Vocabularies(Tokenizer.Load(path)));
    }

    /// <summary>The bytes of tokens.</summary>
    public byte[] BytesOf(params IEnumerable<int> tokens) => [.. tokens.SelectMany(token => bytes[token]!)];

    /// <summary>Whether a text's tokens, as the tokenizer cuts it, may follow each other, and the text may end there.</summary>
    public bool Accepts(CompiledConstraint constraint, string text) =>
        AcceptsTokens(constraint, Tokenizer.Encode(text, addSpecialTokens: false), text);

    /// <summary>As <see cref="Accepts"/>, but cut into tokens at random.</summary>
    public bool AcceptsAnyCut(CompiledConstraint constraint, string text, Random random)
    {
        var spelled = Encoding.UTF8.GetBytes(text);
        var tokens = new List<int>();
        for (var start = 0; start < spelled.Length; )
        {
            var choices = TokensAt(spelled.AsSpan(start));
            tokens.Add(choices[random.Next(choices.Count)]);
            start += bytes[tokens[^1]]!.Length;
        }

        return AcceptsTokens(constraint, tokens, text);
    }

    private bool AcceptsTokens(CompiledConstraint constraint, IReadOnlyList<int> tokens, string text)
    {
        // SentencePiece puts a space before a text: without it, the first token is cut anew.
        var skipped = Encoding.UTF8.GetString(BytesOf(tokens)).Length - text.Length;
        if (skipped > 0)
        {
            tokens = [.. Cut(bytes[tokens[0]]!.AsSpan(skipped)), .. tokens.Skip(1)];
        }

        var state = constraint.Start();
        return tokens.All(token => TryAccept(state, token)) && state.IsComplete && Allows(state, End);
    }

    /// <summary>The longest tokens.</summary>
    private List<int> Cut(ReadOnlySpan<byte> rest)
    {
        var tokens = new List<int>();
        while (rest.Length > 0)
        {
            tokens.Add(TokensAt(rest).MaxBy(token => bytes[token]!.Length));
            rest = rest[bytes[tokens[^1]]!.Length..];
        }

        return tokens;
    }

    private bool TryAccept(ConstraintState state, int token)
    {
        if (!Allows(state, token))
        {
            Should.Throw<InvalidOperationException>(() => state.Accept(token));
            return false;
        }

        state.Accept(token);
        return true;
    }

    private bool Allows(ConstraintState state, int token)
    {
        var logits = new float[Tokenizer.VocabularySize];
        state.Mask(logits);
        return logits[token] == 0;
    }

    private List<int> TokensAt(ReadOnlySpan<byte> rest)
    {
        var found = new List<int>();
        for (var token = 0; token < bytes.Length; token++)
        {
            if (bytes[token] is { Length: > 0 } spelled && !Tokenizer.IsSpecial(token) && rest.StartsWith(spelled))
            {
                found.Add(token);
            }
        }

        return found;
    }
}
