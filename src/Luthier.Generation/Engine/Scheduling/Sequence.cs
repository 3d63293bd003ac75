using System.Runtime.InteropServices;
using Luthier.Generation.Engine.Adapters;
using Luthier.Generation.Engine.Blocks;

namespace Luthier.Generation.Engine.Scheduling;

/// <summary>Where a sequence is on its way.</summary>
internal enum SequenceState
{
    /// <summary>In the queue, for the first time or again after it was preempted.</summary>
    Waiting = 0,

    /// <summary>It holds blocks and takes part in steps.</summary>
    Running,

    /// <summary>It holds nothing and is in no list.</summary>
    Finished,
}

/// <summary>Tokens that are computed in turn, and what the scheduler knows about them.</summary>
internal sealed class Sequence
{
    private readonly List<int> tokens;

    /// <param name="prompt">At least one token.</param>
    /// <param name="blocks">Holds nothing yet.</param>
    /// <param name="work">What the sequence is computed for.</param>
    public Sequence(IReadOnlyList<int> prompt, BlockTable blocks, SequenceWork work)
    {
        tokens = [.. prompt];
        PromptCount = tokens.Count;
        Blocks = blocks;
        Blocks.Prepare(Tokens);
        Work = work;
    }

    /// <summary>Lower ones are served first, and preempted last.</summary>
    public int Priority { get; init; }

    /// <summary>Number in the order of arrival.</summary>
    public long Arrival { get; init; }

    /// <summary>Whether it may use blocks that others computed; not where something is wanted of every token.</summary>
    public bool SharesBlocks { get; init; } = true;

    /// <summary>What updates the model's projections; null: nothing.</summary>
    public LoadedAdapter? Adapter { get; init; }

    public SequenceWork Work { get; }

    public BlockTable Blocks { get; }

    public SequenceState State { get; set; }

    /// <summary>Whether it ever took part in steps.</summary>
    public bool WasAdmitted { get; set; }

    /// <summary>Whether so many that arrived later were admitted before it that it goes before all others.</summary>
    public bool IsOverdue { get; set; }

    /// <summary>How many that arrived later were admitted while it was the oldest in the queue.</summary>
    public int Overtaken { get; set; }

    public int PromptCount { get; }

    /// <summary>Prompt and new tokens.</summary>
    public IReadOnlyList<int> TokenList => tokens;

    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(tokens);

    public int Count => tokens.Count;

    /// <summary>The keys and values of so many tokens are in the blocks.</summary>
    public int Computed { get; set; }

    /// <summary>Tokens to compute before the next can be chosen.</summary>
    public int Remaining => tokens.Count - Computed;

    /// <summary>How often it lost its blocks to others.</summary>
    public int Preemptions { get; set; }

    /// <summary>Tokens of the prompt that others had computed, or computed in its place, before it was ever preempted.</summary>
    public int Cached { get; set; }

    public void Add(int token) => tokens.Add(token);

    /// <summary>Who goes first: by priority, then by arrival.</summary>
    public int CompareRank(Sequence other)
    {
        var overdue = other.IsOverdue.CompareTo(IsOverdue);
        var priority = overdue != 0 || IsOverdue ? overdue : Priority.CompareTo(other.Priority);
        return priority != 0 ? priority : Arrival.CompareTo(other.Arrival);
    }
}
