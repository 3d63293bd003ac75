using System.Runtime.InteropServices;

namespace Luthier.Generation.Sampling;

/// <summary>A token and the logarithm of its probability.</summary>
public readonly record struct TokenLogprob(int Token, float Logprob);

/// <summary>How probable a token was, and which were the most probable: by the model's own logits.</summary>
/// <param name="Token">The token.</param>
/// <param name="Logprob">The logarithm of its probability.</param>
/// <param name="Rank">1 for the most probable token, 2 where one was more probable, and so on.</param>
/// <param name="Top">The most probable tokens, from the most probable down, of equals the one of lower id first.</param>
public sealed record TokenLogprobs(int Token, float Logprob, int Rank, IReadOnlyList<TokenLogprob> Top)
{
    /// <summary>Of a token that follows, or followed in a prompt, where a model gave these logits.</summary>
    /// <param name="logits">[vocabulary], left as they are.</param>
    /// <param name="count">How many of the most probable tokens are told; at most all are.</param>
    /// <exception cref="SamplingException">A logit is no number, or +∞.</exception>
    public static TokenLogprobs Of(ReadOnlySpan<float> logits, int token, int count)
    {
        var scratch = SamplingScratch.OfThread;
        var total = LogitRow.LogSumExp(logits, scratch.Row(logits.Length));
        var top = new List<TokenLogprob>(Math.Min(count, logits.Length));
        CollectionsMarshal.SetCount(top, top.Capacity);
        if (top.Count > 0)
        {
            var least = Cut.KthLargest(logits, top.Count, scratch);
            var keys = scratch.Collect(logits, least, float.PositiveInfinity);
            keys.Sort();
            for (var i = 0; i < top.Count; i++)
            {
                top[i] = new TokenLogprob(RankKey.IndexOf(keys[i]), (float)(RankKey.ValueOf(keys[i]) - total));
            }
        }

        return new TokenLogprobs(
            token,
            (float)(logits[token] - total),
            LogitRow.CountAbove(logits, logits[token]) + 1,
            top
        );
    }
}
