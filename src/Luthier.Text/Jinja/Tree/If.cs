using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;

namespace Luthier.Text.Jinja.Tree;

/// <summary><c>{% if %}</c> with any number of <c>{% elif %}</c> and perhaps an <c>{% else %}</c>; no scope of its own.</summary>
internal sealed class If : Statement
{
    private readonly List<(Expression Test, Block Body)> branches;
    private readonly Block? otherwise;

    public If(Position position, List<(Expression Test, Block Body)> branches, Block? otherwise)
        : base(position)
    {
        this.branches = branches;
        this.otherwise = otherwise;
        Measure();
    }

    public override IEnumerable<Node> Children
    {
        get
        {
            foreach (var (test, body) in branches)
            {
                yield return test;
                yield return body;
            }

            if (otherwise is not null)
            {
                yield return otherwise;
            }
        }
    }

    /// <summary>The first test is always reached; its body, all other branches together, and the else may be.</summary>
    public override void Declare(Symbols symbols)
    {
        branches[0].Test.Declare(symbols);
        var body = symbols.Branch();
        branches[0].Body.Declare(body);
        var others = symbols.Branch();
        foreach (var (test, then) in branches.Skip(1))
        {
            // Each is an if of its own, without branches after it.
            test.Declare(others);
            var inner = others.Branch();
            then.Declare(inner);
            others.Merge(inner);
        }

        var last = symbols.Branch();
        otherwise?.Declare(last);
        symbols.Merge(body, others, last);
    }

    public override void Bind(Scope scope) => base.Bind(scope.Conditional());

    protected override Flow Run(RenderContext context, Frame frame)
    {
        foreach (var (test, body) in branches)
        {
            if (Truth.Of(test.Evaluate(context, frame)))
            {
                return body.Execute(context, frame);
            }
        }

        return otherwise?.Execute(context, frame) ?? Flow.Next;
    }
}
