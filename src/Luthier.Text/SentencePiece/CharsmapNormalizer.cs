using System.Text;
using Luthier.Text.Normalization;

namespace Luthier.Text.SentencePiece;

/// <summary>Applies a character map alone, as tokenizer.json's <c>Precompiled</c> does.</summary>
internal sealed class CharsmapNormalizer(Charsmap map) : Normalizer
{
    public override string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; )
        {
            if (map.TryMap(text, i, out var length, out var replacement))
            {
                result.Append(replacement);
                i += length;
            }
            else
            {
                result.Append(text[i++]);
            }
        }

        return result.ToString();
    }
}
