using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>The rules that a grammar's root leads to.</summary>
internal sealed class RuleSet
{
    /// <summary>Rules of so few expressions stand in place of their calls.</summary>
    private const int SmallSize = 12;

    private readonly List<Rule> rules = [];
    private readonly Dictionary<Rule, List<Rule>> calls = [];
    private readonly Dictionary<Rule, int> sizes = [];
    private readonly ConstraintLimits limits;

    private RuleSet(ConstraintLimits limits) => this.limits = limits;

    /// <summary>The rules with automata of their own, the root first, and those that stand in place of their calls.</summary>
    public static (IReadOnlyList<Rule> Rules, IReadOnlySet<Rule> Inlined) Of(Rule root, ConstraintLimits limits)
    {
        var set = new RuleSet(limits);
        set.Add(root);
        for (var i = 0; i < set.rules.Count; i++)
        {
            var rule = set.rules[i];
            set.sizes[rule] = set.Measure(rule.Body, set.calls[rule]);
        }

        // Only rules without calls: they can't be recursive, and stay small.
        var inlined = set
            .rules.Where(r => r != root && set.sizes[r] <= SmallSize && set.calls[r].Count == 0)
            .ToHashSet();
        return (set.rules.FindAll(rule => !inlined.Contains(rule)), inlined);
    }

    private void Add(Rule rule)
    {
        if (calls.TryAdd(rule, []))
        {
            rules.Add(rule);
        }
    }

    /// <summary>The number of expressions, repetitions unrolled; notes the rules that are called.</summary>
    private int Measure(Expression expression, List<Rule> called)
    {
        limits.Work();
        switch (expression)
        {
            case Call call:
                Add(call.Rule);
                called.Add(call.Rule);
                return 1;
            case Bytes bytes:
                return bytes.Value.Length;
            case Characters characters:
                return 1 + characters.Set.Ranges.Count;
            case Sequence sequence:
                return Sum(sequence.Parts, called);
            case Choice choice:
                return Sum(choice.Alternatives, called);
            case Repeat repeat:
                return Saturate((long)Measure(repeat.Body, called) * Math.Max(repeat.Maximum ?? 1, repeat.Minimum));
            case Separated separated:
                return Sum([.. separated.Items.Select(item => item.Body), separated.Separator], called);
            case Both both:
                return Sum([both.First, both.Second], called);
            case Except except:
                return Sum([except.First, except.Second], called);
            default:
                throw new InvalidOperationException($"an expression of kind {expression.GetType().Name} is unknown");
        }
    }

    private int Sum(IReadOnlyList<Expression> parts, List<Rule> called) =>
        Saturate(parts.Sum(part => (long)Measure(part, called)));

    private static int Saturate(long size) => (int)Math.Min(size, int.MaxValue / 2);
}
