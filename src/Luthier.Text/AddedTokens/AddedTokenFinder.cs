using System.Buffers;
using Luthier.Text.Bpe;
using Luthier.Text.Unicode;

namespace Luthier.Text.AddedTokens;

/// <summary>Cuts text at the added tokens in it: from left to right, of several at one place the longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly CharTrie trie = new();
    private readonly AddedToken[] known;
    private readonly SearchValues<char> firstCharacters;

    /// <param name="tokens">The tokens with the text that each is sought by.</param>
    public AddedTokenFinder(IEnumerable<(AddedToken Token, string SoughtText)> tokens)
    {
        var sought = tokens.Where(t => t.SoughtText.Length > 0).ToList();
        known = [.. sought.Select(t => t.Token)];
        for (var i = 0; i < sought.Count; i++)
        {
            trie.Add(sought[i].SoughtText, i);
        }

        firstCharacters = SearchValues.Create(sought.Select(t => t.SoughtText[0]).Distinct().ToArray());
    }

    /// <summary>Whether there is nothing to find.</summary>
    public bool IsEmpty => known.Length == 0;

    /// <summary>
    /// The first added token at or after <paramref name="from"/>, where the text before it has been dealt with.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where to start.</param>
    /// <param name="start">Where the token starts, with the white space that it takes.</param>
    /// <param name="end">Where it ends, with the white space that it takes.</param>
    /// <returns>The token, or null where none follows.</returns>
    public AddedToken? Find(ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        for (var index = from; index < text.Length; index++)
        {
            var found = text[index..].IndexOfAny(firstCharacters);
            if (found < 0)
            {
                break;
            }

            index += found;
            if (!trie.TryMatch(text, index, out var length, out var which))
            {
                continue;
            }

            var token = known[which];
            (start, end) = (index, index + length);
            if (token.SingleWord && !StandsAlone(text, start, end))
            {
                index = end - 1;
                continue;
            }

            while (token.StripLeft && start > from && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (token.StripRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            return token;
        }

        (start, end) = (text.Length, text.Length);
        return null;
    }

    private static bool StandsAlone(ReadOnlySpan<char> text, int start, int end)
    {
        var before = start - (start >= 2 && char.IsSurrogatePair(text[start - 2], text[start - 1]) ? 2 : 1);
        return (start == 0 || !IsWordCharacter(text, before)) && (end == text.Length || !IsWordCharacter(text, end));
    }

    private static bool IsWordCharacter(ReadOnlySpan<char> text, int index)
    {
        var kind = CharacterKinds.At(text, index, out _);
        return (kind & (CharacterKind.Letter | CharacterKind.Number | CharacterKind.Mark)) != CharacterKind.None
            || char.GetUnicodeCategory(text[index]) == System.Globalization.UnicodeCategory.ConnectorPunctuation;
    }
}
