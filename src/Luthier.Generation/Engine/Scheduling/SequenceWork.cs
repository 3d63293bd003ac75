namespace Luthier.Generation.Engine.Scheduling;

/// <summary>Which results of a chunk's tokens are wanted.</summary>
internal enum Wanted
{
    /// <summary>None: only keys and values.</summary>
    Nothing = 0,

    /// <summary>The logits of its last token.</summary>
    LastLogits,

    /// <summary>The logits of every token.</summary>
    AllLogits,

    /// <summary>The hidden states of every token.</summary>
    Hidden,
}

/// <summary>What a sequence is computed for. Called by the engine's thread alone; times are timestamps of its clock.</summary>
internal abstract class SequenceWork
{
    /// <summary>Which results of a chunk are wanted.</summary>
    public abstract Wanted Wants(in Chunk chunk);

    /// <summary>The sequence takes part in steps for the first time.</summary>
    public virtual void OnAdmitted(long time) { }

    /// <summary>Takes the logits of the token at a position; the memory is valid during the call and may be changed.</summary>
    public virtual void OnLogits(Sequence sequence, int position, Span<float> logits) { }

    /// <summary>Takes the final hidden state of the token at a position.</summary>
    public virtual void OnHidden(Sequence sequence, int position, ReadOnlySpan<float> hidden) { }

    /// <summary>After a step with the sequence's last token: goes on to the next.</summary>
    /// <returns>Why the sequence is finished; null: it is not.</returns>
    public abstract FinishReason? Advance(Sequence sequence, long time);

    /// <summary>The sequence is finished and holds nothing any more.</summary>
    public abstract void OnFinished(Sequence sequence, FinishReason reason, long time);

    /// <summary>The sequence has ended before it was finished, and holds nothing any more.</summary>
    /// <param name="error">Null: it was cancelled.</param>
    public abstract void OnAborted(Sequence sequence, Exception? error);
}
