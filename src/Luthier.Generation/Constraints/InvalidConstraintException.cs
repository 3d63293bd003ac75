namespace Luthier.Generation.Constraints;

/// <summary>A regex, schema, grammar or list of choices is not valid, too large, or asks for what is not supported.</summary>
/// <param name="message">One sentence with the place and what was expected.</param>
public sealed class InvalidConstraintException(string message) : ArgumentException(message);
