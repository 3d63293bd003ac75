using System.Runtime.CompilerServices;
using Luthier.Text.Unicode;

namespace Luthier.Text.Splitting;

/// <summary>GPT-2's pattern.</summary>
internal sealed class Gpt2Pattern : ScanPattern
{
    public const string Expression = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const CharacterKind NotOther = CharacterKind.Space | CharacterKind.Letter | CharacterKind.Number;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int MatchAt(ReadOnlySpan<char> text, int index)
    {
        if (text[index] == '\'')
        {
            var end = Scan.Contraction(text, index, ignoreCase: false);
            if (end > 0)
            {
                return end - index;
            }
        }

        var start = text[index] == ' ' && index + 1 < text.Length ? index + 1 : index;
        var kind = CharacterKinds.At(text, start, out _);
        if ((kind & CharacterKind.Letter) != CharacterKind.None)
        {
            return Scan.While(text, start, CharacterKind.Letter) - index;
        }

        if ((kind & CharacterKind.Number) != CharacterKind.None)
        {
            return Scan.While(text, start, CharacterKind.Number) - index;
        }

        return (kind & CharacterKind.Space) == CharacterKind.None
            ? Scan.WhileNot(text, start, NotOther) - index
            : Scan.Spaces(text, index) - index;
    }
}
