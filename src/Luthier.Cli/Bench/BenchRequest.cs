namespace Luthier.Cli.Bench;

/// <summary>One request of a load.</summary>
/// <param name="Prompt">Its text.</param>
/// <param name="PromptTokens">Its length as planned; the server may count special tokens besides.</param>
/// <param name="OutputTokens">Tokens to ask for, 1 or more.</param>
internal sealed record BenchRequest(string Prompt, int PromptTokens, int OutputTokens);
