namespace Luthier.Generation.Constraints.Masks;

/// <summary>What may follow a state, or several at once.</summary>
/// <param name="Set">The tokens.</param>
/// <param name="TokensToEnd">So many tokens end the text, or the rule of a state, after any of them.</param>
/// <param name="Ends">Of a state alone: the trie's nodes at which its rule may end, so that what follows decides.</param>
/// <param name="Depth">Of a state alone: the greatest depth that any of the tokens needs.</param>
internal sealed record AllowedTokens(TokenSet Set, int TokensToEnd, int[] Ends, int Depth)
{
    /// <summary>Memory that it takes, about.</summary>
    public long Bytes => 64 + Set.Bytes + (4L * Ends.Length);
}
