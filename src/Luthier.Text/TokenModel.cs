namespace Luthier.Text;

/// <summary>Turns a piece of text into ids: the last step of encoding.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    public Vocabulary Vocabulary => vocabulary;

    /// <summary>Appends the ids of a piece. Called from several threads at once.</summary>
    public abstract void Encode(ReadOnlySpan<char> piece, IdBuffer output);
}

/// <summary>A list of ids that grows, reused from call to call.</summary>
internal sealed class IdBuffer
{
    private int[] items = new int[256];

    public int Count { get; private set; }

    public int Capacity => items.Length;

    public ReadOnlySpan<int> Ids => items.AsSpan(0, Count);

    public int Last => items[Count - 1];

    public void Add(int id)
    {
        if (Count == items.Length)
        {
            Grow(1);
        }

        items[Count++] = id;
    }

    public void Add(ReadOnlySpan<int> ids)
    {
        if (Count + ids.Length > items.Length)
        {
            Grow(ids.Length);
        }

        ids.CopyTo(items.AsSpan(Count));
        Count += ids.Length;
    }

    public void Clear() => Count = 0;

    private void Grow(int more) => Array.Resize(ref items, Math.Max(items.Length * 2, Count + more));
}
