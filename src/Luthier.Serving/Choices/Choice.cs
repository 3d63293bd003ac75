using System.Text;
using Luthier.Generation;
using Luthier.Generation.Engine;
using Luthier.Generation.Sampling;

namespace Luthier.Serving.Choices;

/// <summary>
/// One of the texts that a request asks for. It keeps what came since the last part was written: of an answer that is
/// written at once, everything.
/// </summary>
/// <param name="index">Its place among all that are computed.</param>
/// <param name="prompt">The tokens that it continues.</param>
/// <param name="stream">Where its tokens come from.</param>
internal sealed class Choice(int index, int[] prompt, GenerationStream stream)
{
    private readonly StringBuilder text = new();
    private readonly List<int> tokens = [];
    private readonly List<TokenLogprobs> logprobs = [];
    private double sum;

    /// <summary>Its place in the answer.</summary>
    public int Index { get; set; } = index;

    public int[] Prompt => prompt;

    public GenerationStream Stream => stream;

    /// <summary>New text that was not written yet.</summary>
    public string Text => text.ToString();

    /// <summary>New tokens that were not written yet, one that ended the text too.</summary>
    public IReadOnlyList<int> Tokens => tokens;

    /// <summary>What is known of each of the new tokens, where asked for.</summary>
    public IReadOnlyList<TokenLogprobs> Logprobs => logprobs;

    /// <summary>The mean log-probability of all new tokens, where asked for.</summary>
    public double MeanLogprob => TokenCount == 0 ? 0 : sum / TokenCount;

    /// <summary>All new tokens.</summary>
    public int TokenCount { get; private set; }

    /// <summary>Whether a part of it was written.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>Why it ended; null: it goes on.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Adds a token; null: it ended without one.</summary>
    public void Take(GeneratedToken? next)
    {
        if (next is { } token)
        {
            text.Append(token.Text);
            tokens.Add(token.Id);
            TokenCount++;
            if (token.Logprobs is { } known)
            {
                logprobs.Add(known);
                sum += known.Logprob;
            }

            Finish = token.Finish;
        }
        else
        {
            Finish = stream.FinishReason;
        }
    }

    /// <summary>What came so far was written.</summary>
    public void OnWritten()
    {
        text.Clear();
        tokens.Clear();
        logprobs.Clear();
        IsBegun = true;
    }
}
