using Luthier.Generation.Engine.Blocks;
using Luthier.Tensors.KeyValues;

namespace Luthier.Generation.Engine.Scheduling;

/// <summary>
/// Decides what each step computes. Sequences that are being continued come first, one token each; what is left of the
/// budget goes to prompts, in chunks. For one thread.
/// </summary>
/// <param name="pool">All blocks.</param>
/// <param name="maxTokens">Tokens of a step; at least <paramref name="maxSequences"/>.</param>
/// <param name="maxSequences">Sequences that run at a time.</param>
internal sealed class Scheduler(BlockPool pool, int maxTokens, int maxSequences)
{
    /// <summary>One in so many blocks is kept for those that run when another is admitted.</summary>
    private const int SpareShare = 100;

    private readonly StepPlan plan = new();
    private readonly WaitingQueue waiting = new();

    // The first in rank first.
    private readonly List<Sequence> running = new(maxSequences);
    private readonly List<Sequence> admitted = [];

    public int WaitingCount => waiting.Count;

    public IReadOnlyList<Sequence> Running => running;

    /// <summary>The sequences that the last plan admitted for the first time.</summary>
    public IReadOnlyList<Sequence> Admitted => admitted;

    /// <summary>How often a sequence lost its blocks to others.</summary>
    public long Preemptions { get; private set; }

    public void Add(Sequence sequence) => waiting.Add(sequence);

    /// <summary>Takes a sequence out, wherever it is, and frees its blocks.</summary>
    public void Remove(Sequence sequence)
    {
        if (sequence.State == SequenceState.Waiting)
        {
            waiting.Remove(sequence);
        }
        else if (sequence.State == SequenceState.Running)
        {
            running.Remove(sequence);
            sequence.Blocks.Release();
        }

        sequence.State = SequenceState.Finished;
    }

    /// <summary>
    /// 1. Each sequence that only lacks its last token gets it. 2. Prompts that are partly computed get chunks. 3. So do
    /// waiting sequences, which are admitted as far as there are places and blocks. 4. What is left goes to the first.
    /// </summary>
    /// <returns>Valid until the next call; empty only if nothing runs.</returns>
    public StepPlan Plan()
    {
        plan.Clear();
        admitted.Clear();
        var preemptions = Preemptions;

        // 1.
        for (var i = 0; i < running.Count; i++)
        {
            if (running[i].Remaining == 1 && TryGrow(running[i]))
            {
                plan.Add(running[i], 1, running[i].Count);
            }
        }

        // 2.
        for (var i = 0; i < running.Count; i++)
        {
            if (running[i].Remaining > 1)
            {
                AddChunk(running[i], hasFollowers: i + 1 < running.Count || waiting.Count > 0);
            }
        }

        // 3.
        while (preemptions == Preemptions && plan.Tokens < maxTokens && TryAdmit() is { } next)
        {
            AddChunk(next, hasFollowers: waiting.Count > 0);
        }

        // 4.
        plan.Extend(maxTokens - plan.Tokens);
        plan.GroupAdapters();
        return plan;
    }

    /// <summary>The keys and values of a chunk are computed.</summary>
    public static void Complete(in Chunk chunk)
    {
        chunk.Sequence.Blocks.Complete(chunk.Sequence.Tokens, chunk.Start, chunk.End);
        chunk.Sequence.Computed = chunk.End;
    }

    /// <summary>
    /// Makes room for the sequence's last token, if need be by preempting: the last in rank loses its blocks, keeps its
    /// tokens and goes back into the queue. The first in rank loses nothing, so that there is always progress.
    /// </summary>
    private bool TryGrow(Sequence sequence)
    {
        while (!sequence.Blocks.TryGrow(sequence.Count))
        {
            var last = running[^1];
            running.RemoveAt(running.Count - 1);
            last.Blocks.Release();
            last.Computed = 0;
            last.Preemptions++;
            Preemptions++;
            waiting.Add(last);
            if (ReferenceEquals(last, sequence))
            {
                return false;
            }
        }

        return true;
    }

    private Sequence? TryAdmit()
    {
        if (running.Count == maxSequences || !waiting.TryPeek(out var sequence))
        {
            return null;
        }

        var spare = running.Count == 0 ? 0 : Math.Max(1, pool.Count / SpareShare);
        if (!sequence.Blocks.TryReserve(sequence.Tokens, sequence.SharesBlocks, spare))
        {
            return null;
        }

        waiting.TakeFirst();
        sequence.State = SequenceState.Running;
        var place = running.Count;
        while (place > 0 && sequence.CompareRank(running[place - 1]) < 0)
        {
            place--;
        }

        running.Insert(place, sequence);
        if (!sequence.WasAdmitted)
        {
            sequence.WasAdmitted = true;
            admitted.Add(sequence);
        }

        return sequence;
    }

    /// <summary>
    /// Plans a part of a prompt. Where others follow it gets half of what is left, so that a long prompt delays short
    /// ones but little, while itself it goes on at half the pace at least.
    /// </summary>
    private void AddChunk(Sequence sequence, bool hasFollowers)
    {
        var skipped = sequence.Blocks.Skip(sequence.Computed, sequence.Count);
        sequence.Cached += sequence.Preemptions == 0 ? skipped - sequence.Computed : 0;
        sequence.Computed = skipped;
        var limit = sequence.Blocks.WritableUpTo(skipped, sequence.Count);
        var left = maxTokens - plan.Tokens;
        var share = hasFollowers ? Math.Max(1, left / 2) : left;

        // Whole blocks can be shared with others a step earlier.
        share = Math.Min(left, PagedKeyValueCache.BlocksFor(share) * PagedKeyValueCache.BlockTokens);
        var count = Math.Min(share, limit - skipped);
        if (count > 0)
        {
            plan.Add(sequence, count, limit);
        }
    }
}
