using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;

namespace Luthier.Text.Jinja.Tree;

/// <summary>A part that does something.</summary>
internal abstract class Statement(Position position) : Node(position)
{
    public Flow Execute(RenderContext context, Frame frame)
    {
        context.Visit(Position);
        return Run(context, frame);
    }

    protected abstract Flow Run(RenderContext context, Frame frame);
}

/// <summary>Statements one after the other.</summary>
internal sealed class Block : Statement
{
    private readonly List<Statement> statements;

    public Block(Position position, List<Statement> statements)
        : base(position)
    {
        this.statements = statements;
        Measure();
    }

    public override IEnumerable<Node> Children => statements;

    protected override Flow Run(RenderContext context, Frame frame)
    {
        foreach (var statement in statements)
        {
            var flow = statement.Execute(context, frame);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}

/// <summary>Text between tags.</summary>
internal sealed class TextOutput(Position position, string text) : Statement(position)
{
    public override IEnumerable<Node> Children => [];

    protected override Flow Run(RenderContext context, Frame frame)
    {
        context.Write(text);
        return Flow.Next;
    }
}

/// <summary><c>{{ value }}</c></summary>
internal sealed class Print : Statement
{
    private readonly Expression value;

    public Print(Position position, Expression value)
        : base(position)
    {
        this.value = value;
        Measure();
    }

    public override IEnumerable<Node> Children => [value];

    protected override Flow Run(RenderContext context, Frame frame)
    {
        context.Write(Printing.Str(context, value.Evaluate(context, frame)));
        return Flow.Next;
    }
}

/// <summary><c>{% break %}</c> or <c>{% continue %}</c></summary>
internal sealed class LoopControl(Position position, Flow flow) : Statement(position)
{
    public override IEnumerable<Node> Children => [];

    public override void Bind(Scope scope)
    {
        if (!scope.IsInLoop)
        {
            var word = flow == Flow.Break ? "break" : "continue";
            throw new JinjaException(JinjaErrorKind.Syntax, $"'{word}' outside of a loop", Position);
        }
    }

    protected override Flow Run(RenderContext context, Frame frame) => flow;
}
