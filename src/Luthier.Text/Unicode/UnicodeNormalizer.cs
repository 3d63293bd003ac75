using System.Text;

namespace Luthier.Text.Unicode;

/// <summary>
/// The four Unicode normalization forms. The runtime's own <c>string.Normalize</c> returns its input unchanged where
/// ICU is absent, and the product does not require ICU.
/// </summary>
internal sealed class UnicodeNormalizer
{
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<UnicodeNormalizer>[] Forms =
    [
        new(() => new(compose: true, compatibility: false)),
        new(() => new(compose: false, compatibility: false)),
        new(() => new(compose: true, compatibility: true)),
        new(() => new(compose: false, compatibility: true)),
    ];

    private readonly UnicodeDatabase database = UnicodeDatabase.Instance;
    private readonly bool composes;
    private readonly bool usesCompatibility;

    /// <summary>Code points of the basic plane that are inert: alone and beside any other they stay as they are.</summary>
    private readonly bool[] inertUnits;

    private UnicodeNormalizer(bool compose, bool compatibility)
    {
        composes = compose;
        usesCompatibility = compatibility;
        inertUnits = FindInert();
    }

    /// <summary>The normalizer of a form; <paramref name="form"/> as System.Text names it.</summary>
    public static UnicodeNormalizer For(NormalizationForm form) =>
        form switch
        {
            NormalizationForm.FormC => Forms[0].Value,
            NormalizationForm.FormD => Forms[1].Value,
            NormalizationForm.FormKC => Forms[2].Value,
            _ => Forms[3].Value,
        };

    public string Normalize(string text)
    {
        var start = 0;
        while (start < text.Length && inertUnits[text[start]])
        {
            start++;
        }

        if (start == text.Length)
        {
            return text;
        }

        // The character before the first that is not inert may be its base.
        start = Math.Max(0, start - 1);
        if (start > 0 && char.IsLowSurrogate(text[start]))
        {
            start--;
        }

        var codePoints = new List<int>(text.Length - start);
        foreach (var rune in text.AsSpan(start).EnumerateRunes())
        {
            Decompose(rune.Value, codePoints);
        }

        Reorder(codePoints);
        if (composes)
        {
            Compose(codePoints);
        }

        var result = new StringBuilder(text, 0, start, text.Length + 16);
        Span<char> units = stackalloc char[2];
        foreach (var codePoint in codePoints)
        {
            result.Append(units[..new Rune(codePoint).EncodeToUtf16(units)]);
        }

        return result.ToString();
    }

    private void Decompose(int codePoint, List<int> output)
    {
        var syllable = codePoint - SyllableBase;
        if ((uint)syllable < SyllableCount)
        {
            output.Add(LeadBase + (syllable / (VowelCount * TrailCount)));
            output.Add(VowelBase + (syllable % (VowelCount * TrailCount) / TrailCount));
            if (syllable % TrailCount != 0)
            {
                output.Add(TrailBase + (syllable % TrailCount));
            }
        }
        else if (
            codePoint >= 0xA0
            && database.Decompositions.TryGetValue(codePoint, out var decomposition)
            && (usesCompatibility || !decomposition.IsCompatibility)
        )
        {
            foreach (var part in decomposition.CodePoints)
            {
                Decompose(part, output);
            }
        }
        else
        {
            output.Add(codePoint);
        }
    }

    /// <summary>Sorts each run of combining characters by class; equal classes keep their order.</summary>
    private void Reorder(List<int> codePoints)
    {
        for (var i = 0; i < codePoints.Count; )
        {
            if (ClassOf(codePoints[i]) == 0)
            {
                i++;
                continue;
            }

            var start = i;
            while (i < codePoints.Count && ClassOf(codePoints[i]) != 0)
            {
                i++;
            }

            if (i - start > 1)
            {
                var sorted = codePoints.GetRange(start, i - start).OrderBy(ClassOf).ToList();
                for (var k = 0; k < sorted.Count; k++)
                {
                    codePoints[start + k] = sorted[k];
                }
            }
        }
    }

    private void Compose(List<int> codePoints)
    {
        var starter = -1;
        var previousClass = -1;
        var kept = 0;
        foreach (var codePoint in codePoints.ToArray())
        {
            var combiningClass = ClassOf(codePoint);
            if (
                starter >= 0
                && previousClass < combiningClass
                && TryCompose(codePoints[starter], codePoint, out var composite)
            )
            {
                codePoints[starter] = composite;
                continue;
            }

            if (combiningClass == 0)
            {
                starter = kept;
                previousClass = -1;
            }
            else
            {
                previousClass = combiningClass;
            }

            codePoints[kept++] = codePoint;
        }

        codePoints.RemoveRange(kept, codePoints.Count - kept);
    }

    private bool TryCompose(int first, int second, out int composite)
    {
        var lead = first - LeadBase;
        var vowel = second - VowelBase;
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
        {
            composite = SyllableBase + (((lead * VowelCount) + vowel) * TrailCount);
            return true;
        }

        var syllable = first - SyllableBase;
        var trail = second - TrailBase;
        if ((uint)syllable < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            composite = first + trail;
            return true;
        }

        return database.Compositions.TryGetValue(UnicodeDatabase.PairKey(first, second), out composite);
    }

    private byte ClassOf(int codePoint) =>
        codePoint < 0x300 ? (byte)0 : database.CombiningClasses.GetValueOrDefault(codePoint);

    private bool[] FindInert()
    {
        var inert = new bool[char.MaxValue + 1];
        Array.Fill(inert, true);
        Array.Fill(inert, false, 0xD800, 0x800);
        foreach (var (codePoint, decomposition) in database.Decompositions)
        {
            var staysComposed =
                composes
                && !decomposition.IsCompatibility
                && decomposition.CodePoints.Length == 2
                && Recomposes(codePoint, decomposition);
            if (codePoint < inert.Length && !staysComposed && (usesCompatibility || !decomposition.IsCompatibility))
            {
                inert[codePoint] = false;
            }
        }

        foreach (var codePoint in database.CombiningClasses.Keys.Where(c => c < inert.Length))
        {
            inert[codePoint] = false;
        }

        if (composes)
        {
            foreach (var second in database.Compositions.Keys.Select(k => (int)k).Where(c => c < inert.Length))
            {
                inert[second] = false;
            }

            Array.Fill(inert, false, VowelBase, VowelCount);
            Array.Fill(inert, false, TrailBase, TrailCount);
        }
        else
        {
            Array.Fill(inert, false, SyllableBase, SyllableCount);
        }

        return inert;
    }

    private bool Recomposes(int codePoint, UnicodeDatabase.Decomposition decomposition) =>
        database.Compositions.TryGetValue(
            UnicodeDatabase.PairKey(decomposition.CodePoints[0], decomposition.CodePoints[1]),
            out var composite
        )
        && composite == codePoint
        && (!usesCompatibility || IsFullyCanonical(codePoint));

    private bool IsFullyCanonical(int codePoint) =>
        !database.Decompositions.TryGetValue(codePoint, out var decomposition)
        || (!decomposition.IsCompatibility && Array.TrueForAll(decomposition.CodePoints, IsFullyCanonical));
}
