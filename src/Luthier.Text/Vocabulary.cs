namespace Luthier.Text;

/// <summary>Which token has which id. Ids may have gaps; where a token is listed twice, the last id counts.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> idsByToken;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> idsBySpan;
    private readonly Dictionary<int, string> farTokens = [];
    private string?[] nearTokens;

    public const int MaximumId = (1 << 30) - 1;

    public Vocabulary(int capacity)
    {
        idsByToken = new Dictionary<string, int>(capacity, StringComparer.Ordinal);
        idsBySpan = idsByToken.GetAlternateLookup<ReadOnlySpan<char>>();
        nearTokens = new string?[capacity];
    }

    /// <summary>One more than the largest id.</summary>
    public int Size { get; private set; }

    /// <summary>How many tokens there are.</summary>
    public int Count => idsByToken.Count;

    /// <summary>Gives a token an id from 0 to <see cref="MaximumId"/>.</summary>
    public void Add(string token, int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id, MaximumId);
        idsByToken[token] = id;
        if (id < nearTokens.Length)
        {
            nearTokens[id] = token;
        }
        else if (id <= 2 * idsByToken.Count)
        {
            Array.Resize(ref nearTokens, Math.Max(id + 1, nearTokens.Length * 2));
            nearTokens[id] = token;
        }
        else
        {
            // A file of a few bytes must not reserve a table of billions of entries.
            farTokens[id] = token;
        }

        Size = Math.Max(Size, id + 1);
    }

    /// <summary>All tokens with their ids.</summary>
    public IReadOnlyCollection<KeyValuePair<string, int>> Entries => idsByToken;

    public string? TokenOf(int id)
    {
        var token = (uint)id < (uint)nearTokens.Length ? nearTokens[id] : null;
        return token ?? farTokens.GetValueOrDefault(id);
    }

    public int? IdOf(string token) => idsByToken.TryGetValue(token, out var id) ? id : null;

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => idsBySpan.TryGetValue(token, out id);
}
