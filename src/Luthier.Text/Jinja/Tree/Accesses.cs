using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Tree;

/// <summary><c>owner.name</c></summary>
internal sealed class AttributeAccess : Expression
{
    public AttributeAccess(Position position, Expression owner, string name)
        : base(position)
    {
        Owner = owner;
        Attribute = name;
        Measure();
    }

    public Expression Owner { get; }

    public string Attribute { get; }

    public override IEnumerable<Node> Children => [Owner];

    protected override object? Compute(RenderContext context, Frame frame) =>
        Subscripts.Attribute(context, Owner.Evaluate(context, frame), Attribute);
}

/// <summary><c>owner[key]</c></summary>
internal sealed class ItemAccess : Expression
{
    public ItemAccess(Position position, Expression owner, Expression key)
        : base(position)
    {
        Owner = owner;
        Key = key;
        Measure();
    }

    public Expression Owner { get; }

    public Expression Key { get; }

    public override IEnumerable<Node> Children => [Owner, Key];

    protected override object? Compute(RenderContext context, Frame frame)
    {
        var value = Owner.Evaluate(context, frame);
        return Subscripts.Item(context, value, Key.Evaluate(context, frame));
    }
}

/// <summary><c>owner[start:stop:step]</c>, each of which may be left out.</summary>
internal sealed class SliceAccess : Expression
{
    private readonly Expression?[] parts;

    public SliceAccess(Position position, Expression owner, Expression?[] parts)
        : base(position)
    {
        Owner = owner;
        this.parts = parts;
        Measure();
    }

    public Expression Owner { get; }

    public override IEnumerable<Node> Children => [Owner, .. parts.OfType<Expression>()];

    protected override object? Compute(RenderContext context, Frame frame)
    {
        var value = Owner.Evaluate(context, frame);
        var bounds = Array.ConvertAll(parts, part => part is null ? Missing.Value : part.Evaluate(context, frame));
        return Subscripts.Slice(context, value, bounds[0], bounds[1], bounds[2]);
    }
}
