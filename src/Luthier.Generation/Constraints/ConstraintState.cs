using Luthier.Generation.Constraints.Masks;
using Luthier.Generation.Sampling;

namespace Luthier.Generation.Constraints;

/// <summary>
/// How far a text has come in the language of a <see cref="CompiledConstraint"/>. One per sequence; not for several
/// threads at once.
/// </summary>
public sealed class ConstraintState
{
    /// <summary>Beyond so many stacks, those that are not in use any more are forgotten.</summary>
    private const int ManyStacks = 256;

    private readonly CompiledConstraint constraint;
    private readonly StateStacks stacks;
    private readonly StateSet states;
    private readonly List<int> key = [];
    private readonly float[] endLogits;
    private bool isEnded;

    internal ConstraintState(CompiledConstraint constraint)
    {
        this.constraint = constraint;
        stacks = new StateStacks(constraint.Automaton);
        states = new StateSet(constraint.Automaton, stacks);
        states.Append(new StackedState(0, 0));
        endLogits = new float[constraint.EndTokens.Length];
    }

    /// <summary>Whether the text so far is one of the language, so that an end-of-sequence token may follow.</summary>
    public bool IsComplete
    {
        get
        {
            foreach (var item in states.Items)
            {
                if (states.IsEnd(item))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Makes the logits of all tokens that can't follow −∞.</summary>
    /// <param name="logits">[vocabulary].</param>
    /// <param name="tokensLeft">
    /// There is room for so many tokens, this one and an end-of-sequence token included: where there is a way to complete
    /// the text with them, tokens after which there would be none can't follow either.
    /// </param>
    /// <exception cref="SamplingException">The text can be read in too many ways.</exception>
    public void Mask(Span<float> logits, int tokensLeft = int.MaxValue)
    {
        for (var i = 0; i < endLogits.Length; i++)
        {
            endLogits[i] = constraint.EndTokens[i] < logits.Length ? logits[constraint.EndTokens[i]] : 0;
        }

        var mayEnd = isEnded || IsComplete;
        if (isEnded)
        {
            logits.Fill(float.NegativeInfinity);
        }
        else
        {
            Allowed(tokensLeft, mayEnd).Mask(logits);
        }

        for (var i = 0; i < endLogits.Length && mayEnd; i++)
        {
            if (constraint.EndTokens[i] < logits.Length)
            {
                logits[constraint.EndTokens[i]] = endLogits[i];
            }
        }
    }

    /// <summary>Adds a token to the text.</summary>
    /// <exception cref="SamplingException">The token can't follow; the text stays as it was.</exception>
    public void Accept(int token)
    {
        if (constraint.EndTokens.Contains(token) && (isEnded || IsComplete))
        {
            isEnded = true;
            return;
        }

        var bytes = isEnded ? [] : constraint.Trie.BytesOf(token);
        var (first, start, end) = (states.Count, 0, states.Count);
        foreach (var value in bytes)
        {
            states.Step(start, end, value);
            (start, end) = (end, states.Count);
        }

        if (bytes.IsEmpty || start == end)
        {
            states.CutBack(first);
            throw new SamplingException($"token {token} can't follow here: the constraint does not allow it");
        }

        states.KeepFrom(start);
        if (stacks.Count > ManyStacks)
        {
            states.RenewStacks();
        }
    }

    private TokenSet Allowed(int tokensLeft, bool mayEnd)
    {
        var allowed = constraint.Allowed(states, stacks, key);
        if (allowed.TokensToEnd <= tokensLeft - 2)
        {
            return allowed.Set;
        }

        var nearEnd = constraint.AllowedNearEnd(states, stacks, tokensLeft - 2);
        return nearEnd.IsEmpty && !mayEnd ? allowed.Set : nearEnd;
    }
}
