using System.Globalization;

namespace Luthier.Generation;

/// <summary>What is wrong with options, collected so that all of it is reported at once.</summary>
internal sealed class OptionProblems
{
    /// <summary>Lists from outside may be long; a sentence of this many problems says enough.</summary>
    private const int MaximumReported = 16;

    private readonly List<string> problems = [];

    /// <summary>Notes a problem, written with the invariant culture, where something does not hold.</summary>
    public void Check(bool holds, FormattableString problem)
    {
        if (!holds && problems.Count < MaximumReported)
        {
            problems.Add(problem.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Notes the first token id that the vocabulary does not have.</summary>
    public void CheckTokens(string name, IEnumerable<int> tokens, int vocabularySize)
    {
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)vocabularySize)
            {
                Check(false, $"{name} have token {token}, expected 0 to {vocabularySize - 1}");
                return;
            }
        }
    }

    /// <exception cref="ArgumentException">There are problems: one sentence with all of them.</exception>
    public void Throw()
    {
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", problems));
        }
    }
}
