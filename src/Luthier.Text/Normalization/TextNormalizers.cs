using System.Text;
using Luthier.Text.Splitting;
using Luthier.Text.Unicode;

namespace Luthier.Text.Normalization;

/// <summary>Puts a string before text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}

/// <summary>Replaces each match of a pattern by a string, taken literally.</summary>
internal sealed class ReplaceNormalizer(Pattern pattern, string content) : Normalizer
{
    public override string Normalize(string text)
    {
        if (pattern is LiteralPattern literal)
        {
            return literal.Literal is [var single] && content is [var replacement]
                ? text.Replace(single, replacement)
                : text.Replace(literal.Literal, content, StringComparison.Ordinal);
        }

        StringBuilder? result = null;
        var copied = 0;
        var from = 0;
        while (from <= text.Length && pattern.TryFind(text, from, out var start, out var length))
        {
            from = start + Math.Max(length, 1);
            result ??= new StringBuilder(text.Length);
            result.Append(text, copied, start - copied).Append(content);
            copied = start + length;
        }

        return result is null ? text : result.Append(text, copied, text.Length - copied).ToString();
    }
}

/// <summary>One of the Unicode normalization forms.</summary>
internal sealed class UnicodeFormNormalizer(NormalizationForm form) : Normalizer
{
    private readonly UnicodeNormalizer normalizer = UnicodeNormalizer.For(form);

    public override string Normalize(string text) => normalizer.Normalize(text);
}

/// <summary>Lower-cases each character by itself: no rule looks at its neighbours.</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    public override string Normalize(string text) =>
        // The one character whose lower case is two characters long.
        text.ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);
}

/// <summary>Removes white space from the start, the end or both.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override string Normalize(string text)
    {
        text = left ? text.TrimStart() : text;
        return right ? text.TrimEnd() : text;
    }
}

/// <summary>Removes combining marks; useful after a decomposition.</summary>
internal sealed class StripAccentsNormalizer : Normalizer
{
    public override string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; )
        {
            var kind = CharacterKinds.At(text, i, out var length);
            if ((kind & CharacterKind.Mark) == CharacterKind.None)
            {
                result.Append(text, i, length);
            }

            i += length;
        }

        return result.ToString();
    }
}

/// <summary>Replaces each UTF-8 byte by the character that stands for it.</summary>
internal sealed class ByteAlphabetNormalizer : Normalizer
{
    public override string Normalize(string text) => ByteAlphabet.Encode(text);
}
