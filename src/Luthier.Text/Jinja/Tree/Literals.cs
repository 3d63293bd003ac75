using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Tree;

internal sealed class Literal(Position position, object? value) : Expression(position)
{
    public object? Value => value;

    public override IEnumerable<Node> Children => [];

    protected override object? Compute(RenderContext context, Frame frame) => value;
}

internal sealed class ListLiteral : Expression
{
    private readonly List<Expression> items;

    public ListLiteral(Position position, List<Expression> items)
        : base(position)
    {
        this.items = items;
        Measure();
    }

    public override IEnumerable<Node> Children => items;

    protected override object Compute(RenderContext context, Frame frame)
    {
        context.AllocateItems(items.Count);
        return new ListValue([.. items.Select(item => item.Evaluate(context, frame))]);
    }
}

internal sealed class TupleLiteral : Expression
{
    public TupleLiteral(Position position, List<Expression> items)
        : base(position)
    {
        Items = items;
        Measure();
    }

    public List<Expression> Items { get; }

    public override IEnumerable<Node> Children => Items;

    protected override object Compute(RenderContext context, Frame frame)
    {
        context.AllocateItems(Items.Count);
        return new TupleValue([.. Items.Select(item => item.Evaluate(context, frame))]);
    }
}

internal sealed class DictLiteral : Expression
{
    private readonly List<(Expression Key, Expression Value)> entries;

    public DictLiteral(Position position, List<(Expression Key, Expression Value)> entries)
        : base(position)
    {
        this.entries = entries;
        Measure();
    }

    public override IEnumerable<Node> Children => entries.SelectMany(entry => (Node[])[entry.Key, entry.Value]);

    protected override object Compute(RenderContext context, Frame frame)
    {
        context.AllocateItems(2L * entries.Count);
        var dict = new DictValue(entries.Count);
        foreach (var (key, value) in entries)
        {
            var evaluated = key.Evaluate(context, frame);
            dict.Set(evaluated, value.Evaluate(context, frame));
        }

        return dict;
    }
}
