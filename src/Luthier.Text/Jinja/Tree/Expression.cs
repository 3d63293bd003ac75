using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;

namespace Luthier.Text.Jinja.Tree;

/// <summary>A part that has a value.</summary>
internal abstract class Expression(Position position) : Node(position)
{
    public object? Evaluate(RenderContext context, Frame frame)
    {
        context.Visit(Position);
        return Compute(context, frame);
    }

    protected abstract object? Compute(RenderContext context, Frame frame);
}
