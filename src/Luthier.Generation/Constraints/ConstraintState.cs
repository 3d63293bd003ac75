namespace Luthier.Generation.Constraints;

/// <summary>How far a text has come in the language of a <see cref="CompiledConstraint"/>; one per sequence.</summary>
public abstract class ConstraintState
{
    /// <summary>Whether the text so far is one of the language, so that an end-of-sequence token may follow.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>Makes the logits of all tokens that can't follow −∞.</summary>
    /// <param name="logits">[vocabulary].</param>
    public abstract void Mask(Span<float> logits);

    /// <summary>Adds a token to the text.</summary>
    /// <exception cref="InvalidOperationException">The token can't follow.</exception>
    public abstract void Accept(int token);
}
