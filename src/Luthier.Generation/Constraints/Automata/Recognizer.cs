using System.Text;
using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>Says whether a text is one of an expression without calls.</summary>
internal sealed class Recognizer
{
    private readonly Dfa dfa;
    private readonly ByteClasses classes;

    public Recognizer(Expression expression, ConstraintLimits limits)
    {
        var nfa = new Nfa(limits);
        var start = nfa.AddNode();
        var end = new NfaBuilder(nfa, limits, new HashSet<Rule>()).Add(expression, start);
        classes = nfa.Classes();
        dfa = new Determinizer(nfa, limits, classes).Build(start, end);
    }

    public bool Accepts(string text)
    {
        var state = 0;
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            state = state < 0 ? state : dfa.Next[state][classes[value]];
        }

        return state >= 0 && dfa.Accepts[state];
    }
}
