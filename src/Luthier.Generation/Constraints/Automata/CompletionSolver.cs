namespace Luthier.Generation.Constraints.Automata;

/// <summary>
/// The least cost at which each state's rule can be brought to its end, where what a step costs never falls with what
/// comes after it (Knuth's generalization of Dijkstra's algorithm to grammars).
/// </summary>
/// <param name="OfEnd">The cost of ending in a state that may.</param>
/// <param name="OfByte">The cost in a state, from that of the state after a byte.</param>
/// <param name="OfCall">The cost in a state, from those of the called rule and of the state after the call.</param>
internal sealed record CompletionCosts(
    Func<int, int> OfEnd,
    Func<int, int, int> OfByte,
    Func<int, StateCall, int, int, int> OfCall
);

/// <summary>What the cheapest way to the end does first.</summary>
/// <param name="Class">A class of bytes, or -1.</param>
/// <param name="Call">A call, or null; without either the rule ends.</param>
internal readonly record struct CompletionStep(int Class, StateCall? Call);

internal sealed class CompletionSolver
{
    /// <summary>The cost of what can't be.</summary>
    public const int Never = int.MaxValue;

    private readonly StateGraph graph;
    private readonly CompletionCosts costs;
    private readonly PriorityQueue<(int State, CompletionStep Step), int> open = new();
    private readonly List<(int State, CompletionStep Step)>[] uses;

    public CompletionSolver(StateGraph graph, CompletionCosts costs, ConstraintLimits limits)
    {
        this.graph = graph;
        this.costs = costs;
        Costs = new int[graph.Count];
        Steps = new CompletionStep[graph.Count];
        Array.Fill(Costs, Never);
        uses = [.. Enumerable.Range(0, graph.Count).Select(_ => new List<(int, CompletionStep)>())];
        for (var state = 0; state < graph.Count; state++)
        {
            limits.Work();
            Prepare(state);
        }

        while (open.TryDequeue(out var next, out var cost))
        {
            limits.Work();
            if (Costs[next.State] == Never)
            {
                Costs[next.State] = cost;
                Steps[next.State] = next.Step;
                Order.Add(next.State);
                foreach (var (user, step) in uses[next.State])
                {
                    Offer(user, step);
                }
            }
        }
    }

    /// <summary>By state: the cost, or <see cref="Never"/>.</summary>
    public int[] Costs { get; }

    /// <summary>By state that can end: the first step.</summary>
    public CompletionStep[] Steps { get; }

    /// <summary>The states that can end, each after those that its first step leads to.</summary>
    public List<int> Order { get; } = [];

    private void Prepare(int state)
    {
        if (graph.Accepts[state])
        {
            open.Enqueue((state, new CompletionStep(-1, null)), costs.OfEnd(state));
        }

        var next = graph.Next[state];
        for (var c = 0; c < next.Length; c++)
        {
            if (next[c] >= 0 && (c == 0 || next[c] != next[c - 1]))
            {
                uses[next[c]].Add((state, new CompletionStep(c, null)));
            }
        }

        foreach (var call in graph.Calls[state])
        {
            uses[call.Target].Add((state, new CompletionStep(-1, call)));
            uses[call.Callee].Add((state, new CompletionStep(-1, call)));
        }
    }

    private void Offer(int state, CompletionStep step)
    {
        if (Costs[state] != Never)
        {
            return;
        }

        if (step.Call is not { } call)
        {
            open.Enqueue((state, step), costs.OfByte(state, Costs[graph.Next[state][step.Class]]));
        }
        else if (Costs[call.Callee] != Never && Costs[call.Target] != Never)
        {
            open.Enqueue((state, step), costs.OfCall(state, call, Costs[call.Callee], Costs[call.Target]));
        }
    }
}
