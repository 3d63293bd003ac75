namespace Luthier.Text;

/// <summary>Makes any string one that can be written as UTF-8.</summary>
internal static class WellFormedText
{
    /// <summary>The text with each half of a surrogate pair that stands alone replaced by U+FFFD.</summary>
    public static string Of(string text)
    {
        var first = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0 || FirstLone(text, first) is not (>= 0 and var lone))
        {
            return text;
        }

        return string.Create(
            text.Length,
            (text, lone),
            static (target, state) =>
            {
                state.text.CopyTo(target);
                for (var i = state.lone; i >= 0; i = FirstLone(state.text, i + 1))
                {
                    target[i] = '\uFFFD';
                }
            }
        );
    }

    private static int FirstLone(string text, int from)
    {
        for (var i = from; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
            {
                return i;
            }

            i++;
        }

        return -1;
    }
}
