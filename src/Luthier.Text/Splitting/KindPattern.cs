using Luthier.Text.Unicode;

namespace Luthier.Text.Splitting;

/// <summary>One character of given kinds.</summary>
internal sealed class KindPattern(CharacterKind kinds) : ScanPattern
{
    public override int MatchAt(ReadOnlySpan<char> text, int index) =>
        (CharacterKinds.At(text, index, out var length) & kinds) != CharacterKind.None ? length : 0;
}

/// <summary>One punctuation character; of ASCII, symbols such as $ and + count as punctuation too.</summary>
internal sealed class PunctuationPattern : ScanPattern
{
    public override int MatchAt(ReadOnlySpan<char> text, int index)
    {
        var kinds = char.IsAscii(text[index])
            ? CharacterKind.Punctuation | CharacterKind.Symbol
            : CharacterKind.Punctuation;
        return (CharacterKinds.At(text, index, out var length) & kinds) != CharacterKind.None ? length : 0;
    }
}
