namespace Luthier.Training.Options;

/// <summary>What someone may have meant who mistyped a name.</summary>
public static class Suggestion
{
    /// <summary>The end of a sentence about an unknown name: <c>; did you mean …?</c>, or nothing if no name is near.</summary>
    public static string For(string typed, IEnumerable<string> names)
    {
        var (nearest, distance) = names
            .Select(name => (name, Distance(typed, name)))
            .DefaultIfEmpty(("", int.MaxValue))
            .MinBy(candidate => candidate.Item2);
        return distance <= Math.Max(2, typed.Length / 3) ? $"; did you mean {nearest}?" : "";
    }

    // The least number of characters to insert, delete or replace (Levenshtein), one row at a time.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
