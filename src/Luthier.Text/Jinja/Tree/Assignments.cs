using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;

namespace Luthier.Text.Jinja.Tree;

/// <summary><c>{% set target = value %}</c></summary>
internal sealed class Set : Statement
{
    public Set(Position position, Target target, Expression value)
        : base(position)
    {
        Target = target;
        Value = value;
        Measure();
    }

    public Target Target { get; }

    public Expression Value { get; }

    public override IEnumerable<Node> Children => [Target, Value];

    public override void Declare(Symbols symbols)
    {
        Value.Declare(symbols);
        Target.Declare(symbols);
    }

    protected override Flow Run(RenderContext context, Frame frame)
    {
        Target.Check(frame);
        Target.Assign(context, frame, Value.Evaluate(context, frame));
        return Flow.Next;
    }
}

/// <summary><c>{% set target|filter %}…{% endset %}</c>: what the body writes becomes the value.</summary>
internal sealed class SetBlock : Statement
{
    private readonly Target target;
    private readonly FilterCall? filter;
    private readonly Block body;
    private Scope inner = null!;

    public SetBlock(Position position, Target target, FilterCall? filter, Block body)
        : base(position)
    {
        this.target = target;
        this.filter = filter;
        this.body = body;
        Measure();
    }

    public override IEnumerable<Node> Children => filter is null ? [target, body] : [target, filter, body];

    public override void Declare(Symbols symbols) => target.Declare(symbols);

    public override void Bind(Scope scope)
    {
        target.Bind(scope);
        inner = Scope.Create(
            scope,
            symbols =>
            {
                body.Declare(symbols);
                filter?.Declare(symbols);
            }
        );
        body.Bind(inner);
        filter?.Bind(inner);
    }

    protected override Flow Run(RenderContext context, Frame frame)
    {
        var innerFrame = inner.Enter(context, frame);
        context.BeginCapture();
        var flow = body.Execute(context, innerFrame);
        var text = context.EndCapture();
        if (flow == Flow.Next)
        {
            target.Check(frame);
            target.Assign(context, frame, filter is null ? text : filter.Apply(context, innerFrame, text));
        }

        return flow;
    }
}

/// <summary><c>{% with a = 1, b = 2 %}…{% endwith %}</c></summary>
internal sealed class With : Statement
{
    private readonly List<(Target Target, Expression Value)> variables;
    private readonly Block body;
    private Scope inner = null!;

    public With(Position position, List<(Target Target, Expression Value)> variables, Block body)
        : base(position)
    {
        this.variables = variables;
        this.body = body;
        Measure();
    }

    public override IEnumerable<Node> Children =>
        [.. variables.Select(v => v.Target), .. variables.Select(v => v.Value), body];

    public override void Declare(Symbols symbols) => variables.ForEach(variable => variable.Value.Declare(symbols));

    public override void Bind(Scope scope)
    {
        inner = Scope.Create(
            scope,
            symbols =>
            {
                variables.ForEach(variable => variable.Target.DeclareAsParameter(symbols));
                body.Declare(symbols);
            }
        );
        foreach (var (target, value) in variables)
        {
            value.Bind(scope);
            target.Bind(inner);
        }

        body.Bind(inner);
    }

    protected override Flow Run(RenderContext context, Frame frame)
    {
        var innerFrame = inner.Enter(context, frame);
        foreach (var (target, value) in variables)
        {
            target.Assign(context, innerFrame, value.Evaluate(context, frame));
        }

        return body.Execute(context, innerFrame);
    }
}

/// <summary><c>{% filter name(arguments) %}…{% endfilter %}</c></summary>
internal sealed class FilterBlock : Statement
{
    private readonly FilterCall filter;
    private readonly Block body;
    private Scope inner = null!;

    public FilterBlock(Position position, FilterCall filter, Block body)
        : base(position)
    {
        this.filter = filter;
        this.body = body;
        Measure();
    }

    public override IEnumerable<Node> Children => [body, filter];

    public override void Declare(Symbols symbols) => filter.Declare(symbols);

    public override void Bind(Scope scope)
    {
        inner = Scope.Create(
            scope,
            symbols =>
            {
                body.Declare(symbols);
                filter.Declare(symbols);
            }
        );
        body.Bind(inner);
        filter.Bind(inner);
    }

    protected override Flow Run(RenderContext context, Frame frame)
    {
        var innerFrame = inner.Enter(context, frame);
        context.BeginCapture();
        var flow = body.Execute(context, innerFrame);
        var text = context.EndCapture();
        if (flow == Flow.Next)
        {
            context.WriteText(filter.Apply(context, innerFrame, text));
        }

        return flow;
    }
}
