using Luthier.Generation.Engine.Metrics;
using Luthier.Generation.Engine.Scheduling;
using Luthier.Generation.Sampling;

namespace Luthier.Generation.Engine;

/// <summary>Continues a text: chooses a token from the last logits of each step and hands it out.</summary>
/// <param name="stream">Where the tokens go.</param>
/// <param name="options">How they are chosen.</param>
/// <param name="maxNewTokens">At most so many.</param>
/// <param name="text">What they spell.</param>
/// <param name="clock">Of the request.</param>
internal sealed class GenerationWork(
    GenerationStream stream,
    GenerationOptions options,
    int maxNewTokens,
    TextAssembler text,
    RequestClock clock
) : SequenceWork
{
    private SamplingChain? chain;
    private int chosen;

    public override Wanted Wants(in Chunk chunk) =>
        chunk.IsLast && maxNewTokens > 0 ? Wanted.LastLogits : Wanted.Nothing;

    public override void OnAdmitted(long time) => clock.OnAdmitted(time);

    public override void OnLogits(Sequence sequence, int position, Span<float> logits)
    {
        // The first logits are those of the prompt's end.
        chain ??= new SamplingChain(options with { MaxNewTokens = maxNewTokens }, sequence.TokenList);
        chosen = chain.Choose(logits);
    }

    public override FinishReason? Advance(Sequence sequence, long time)
    {
        if (sequence.Count == sequence.PromptCount)
        {
            stream.CachedTokens = sequence.Cached;
            clock.OnPrompt(sequence);
        }

        if (maxNewTokens == 0)
        {
            return FinishReason.Length;
        }

        sequence.Add(chosen);
        clock.OnToken(time);
        var isStop = !options.IgnoreStopTokens && options.StopTokens.Contains(chosen);
        FinishReason? finish =
            isStop ? FinishReason.Stop
            : sequence.Count - sequence.PromptCount >= maxNewTokens ? FinishReason.Length
            : null;
        stream.StopToken = isStop ? chosen : null;
        var delta = isStop ? "" : text.Push(chosen);
        stream.Write(new GeneratedToken(chosen, finish is null ? delta : delta + text.Flush(), finish));
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
