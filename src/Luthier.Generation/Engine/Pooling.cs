namespace Luthier.Generation.Engine;

/// <summary>How the hidden states of a text become one vector.</summary>
public enum Pooling
{
    /// <summary>Their mean.</summary>
    Mean = 0,

    /// <summary>The last token's.</summary>
    Last,
}
