using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Tree;

/// <summary><c>owner.name</c></summary>
internal sealed class AttributeAccess : Expression
{
    private readonly Expression owner;
    private readonly string name;

    public AttributeAccess(Position position, Expression owner, string name)
        : base(position)
    {
        this.owner = owner;
        this.name = name;
        Measure();
    }

    public override IEnumerable<Node> Children => [owner];

    protected override object? Compute(RenderContext context, Frame frame) =>
        Subscripts.Attribute(context, owner.Evaluate(context, frame), name);
}

/// <summary><c>owner[key]</c></summary>
internal sealed class ItemAccess : Expression
{
    private readonly Expression owner;
    private readonly Expression key;

    public ItemAccess(Position position, Expression owner, Expression key)
        : base(position)
    {
        this.owner = owner;
        this.key = key;
        Measure();
    }

    public override IEnumerable<Node> Children => [owner, key];

    protected override object? Compute(RenderContext context, Frame frame)
    {
        var value = owner.Evaluate(context, frame);
        return Subscripts.Item(context, value, key.Evaluate(context, frame));
    }
}

/// <summary><c>owner[start:stop:step]</c>, each of which may be left out.</summary>
internal sealed class SliceAccess : Expression
{
    private readonly Expression owner;
    private readonly Expression?[] parts;

    public SliceAccess(Position position, Expression owner, Expression?[] parts)
        : base(position)
    {
        this.owner = owner;
        this.parts = parts;
        Measure();
    }

    public override IEnumerable<Node> Children => [owner, .. parts.OfType<Expression>()];

    protected override object? Compute(RenderContext context, Frame frame)
    {
        var value = owner.Evaluate(context, frame);
        var bounds = Array.ConvertAll(parts, part => part is null ? Missing.Value : part.Evaluate(context, frame));
        return Subscripts.Slice(context, value, bounds[0], bounds[1], bounds[2]);
    }
}
