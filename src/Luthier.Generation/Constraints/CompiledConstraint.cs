namespace Luthier.Generation.Constraints;

/// <summary>
/// A language of texts in the tokens of a vocabulary: what a generated text must be. It doesn't change and is shared by
/// requests and threads.
/// </summary>
public abstract class CompiledConstraint
{
    /// <summary>The state of a text that is still empty.</summary>
    public abstract ConstraintState Start();
}
