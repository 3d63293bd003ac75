using Luthier.Generation.Engine.Metrics;
using Luthier.Generation.Engine.Scheduling;
using Luthier.Generation.Sampling;
using Luthier.Generation.Stopping;

namespace Luthier.Generation.Engine;

/// <summary>Continues a text: chooses a token from the last logits of each step and hands it out.</summary>
/// <param name="stream">Where the tokens go.</param>
/// <param name="options">How they are chosen; there is room for all new tokens.</param>
/// <param name="prompt">What the text begins with.</param>
/// <param name="promptLogprobs">Alternatives told for each token of the prompt; null: nothing is.</param>
/// <param name="text">What the tokens spell.</param>
/// <param name="clock">Of the request.</param>
internal sealed class GenerationWork(
    GenerationStream stream,
    GenerationOptions options,
    IReadOnlyList<int> prompt,
    int? promptLogprobs,
    TextAssembler text,
    RequestClock clock
) : SequenceWork
{
    private readonly SamplingChain chain = new(options, prompt);
    private readonly List<TokenLogprobs?>? ofPrompt = promptLogprobs is null ? null : [null];
    private int chosen;

    public override Wanted Wants(in Chunk chunk) =>
        ofPrompt is not null && ofPrompt.Count < prompt.Count ? Wanted.AllLogits
        : chunk.IsLast && options.MaxNewTokens > 0 ? Wanted.LastLogits
        : Wanted.Nothing;

    public override void OnAdmitted(long time) => clock.OnAdmitted(time);

    public override void OnLogits(Sequence sequence, int position, Span<float> logits)
    {
        // After a preemption some come for the second time.
        if (ofPrompt is not null && position + 1 == ofPrompt.Count && position + 1 < prompt.Count)
        {
            ofPrompt.Add(TokenLogprobs.Of(logits, prompt[position + 1], promptLogprobs!.Value));
        }
        else if (position == sequence.Count - 1 && options.MaxNewTokens > 0)
        {
            chosen = chain.Choose(logits);
        }
    }

    public override FinishReason? Advance(Sequence sequence, long time)
    {
        if (text.Count == 0)
        {
            clock.OnPrompt(sequence);
            stream.OnPrompt(sequence.Cached, ofPrompt);
        }

        if (options.MaxNewTokens == 0)
        {
            return FinishReason.Length;
        }

        sequence.Add(chosen);
        clock.OnToken(time);
        var (delta, finish) = text.Push(chosen);
        (stream.StopToken, stream.StopString) = (text.StopToken, text.StopString);
        stream.Write(new GeneratedToken(chosen, delta, chain.Logprobs, finish));
        return finish;
    }

    public override void OnFinished(Sequence sequence, FinishReason reason, long time)
    {
        clock.OnEnd(sequence, reason, time);
        stream.End(reason);
    }

    public override void OnAborted(Sequence sequence, Exception? error)
    {
        clock.OnAborted(error is null ? FinishReason.Cancelled : FinishReason.Error);
        if (error is null)
        {
            stream.End(FinishReason.Cancelled);
        }
        else
        {
            var message = $"request {stream.Id} could not be computed: {error.Message}";
            stream.End(FinishReason.Error, new GenerationFailedException(message, error));
        }
    }
}
