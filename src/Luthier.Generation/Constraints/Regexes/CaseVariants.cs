using System.Text;
using Luthier.Text.Unicode;

namespace Luthier.Generation.Constraints.Regexes;

/// <summary>The characters that differ from those of a set in case alone.</summary>
internal static class CaseVariants
{
    /// <summary>Scripts with case end before it.</summary>
    private const int EndOfCased = 0x1F000;

    public static CodePointSet AddTo(CodePointSet set)
    {
        var ranges = new List<(int, int)>(set.Ranges);
        foreach (var (start, end) in set.Ranges)
        {
            for (var code = start; code <= Math.Min(end, EndOfCased); code++)
            {
                var rune = new Rune(code);
                Add(Rune.ToUpperInvariant(rune).Value, code);
                Add(Rune.ToLowerInvariant(rune).Value, code);
            }
        }

        return CodePointSet.FromRanges(ranges);

        void Add(int variant, int code)
        {
            if (variant != code && !set.Contains(variant))
            {
                ranges.Add((variant, variant));
            }
        }
    }
}
