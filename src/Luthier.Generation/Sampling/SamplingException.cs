namespace Luthier.Generation.Sampling;

/// <summary>No token can be chosen: the model's logits are no numbers, or what the options allow excludes every token.</summary>
/// <param name="message">One sentence.</param>
public sealed class SamplingException(string message) : InvalidOperationException(message);
