using Luthier.Generation.Sampling;

namespace Luthier.Generation;

/// <summary>A new token of a text.</summary>
/// <param name="Id">The token; a stop token too.</param>
/// <param name="Text">
/// What it adds to the text. Empty while a character is incomplete or what may become a stop string is held back; the
/// last token has all the rest.
/// </param>
/// <param name="Logprobs">How probable it was, where the options ask for it.</param>
/// <param name="Finish">Why the text ends with this token; null: it goes on.</param>
public readonly record struct GeneratedToken(int Id, string Text, TokenLogprobs? Logprobs, FinishReason? Finish);
