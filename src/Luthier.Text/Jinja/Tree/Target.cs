using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Tree;

/// <summary>What is assigned to: a variable, an attribute of a namespace, or several of them.</summary>
internal abstract class Target(Position position) : Node(position)
{
    /// <summary>Declares the names as set on entry of the scope, as the target of a loop does.</summary>
    public abstract void DeclareAsParameter(Symbols symbols);

    /// <summary>Another of the same, to be bound in another scope.</summary>
    public abstract Target Copy();

    /// <summary>What must hold before the value is worked out.</summary>
    public virtual void Check(Frame frame) { }

    public abstract void Assign(RenderContext context, Frame frame, object? value);
}

internal sealed class NameTarget(Position position, string identifier) : Target(position)
{
    private Address address;

    public string Identifier => identifier;

    public override IEnumerable<Node> Children => [];

    public override void Declare(Symbols symbols) => symbols.Store(identifier);

    public override void DeclareAsParameter(Symbols symbols) => symbols.Declare(identifier);

    public override void Bind(Scope scope) => address = scope.Find(identifier);

    public override Target Copy() => new NameTarget(Position, identifier);

    public override void Assign(RenderContext context, Frame frame, object? value) =>
        frame.Outer(address.Hops).Slots[address.Slot] = value;

    protected override bool? FirstUse(string name) =>
        string.Equals(name, identifier, StringComparison.Ordinal) ? false : null;
}

internal sealed class NamespaceTarget(Position position, string owner, string attribute) : Target(position)
{
    private Address address;

    public override IEnumerable<Node> Children => [];

    public override void Declare(Symbols symbols) => symbols.Read(owner);

    public override void DeclareAsParameter(Symbols symbols) => symbols.Read(owner);

    public override void Bind(Scope scope) => address = scope.Find(owner);

    public override Target Copy() => new NamespaceTarget(Position, owner, attribute);

    public override void Check(Frame frame)
    {
        if (Owner(frame) is not NamespaceValue)
        {
            throw new JinjaException(
                JinjaErrorKind.Evaluation,
                $"'{owner}' is no namespace; only attributes of one can be set",
                Position
            );
        }
    }

    public override void Assign(RenderContext context, Frame frame, object? value)
    {
        context.AllocateItems(1);
        ((NamespaceValue)Owner(frame)!).Attributes.Set(attribute, value);
    }

    private object? Owner(Frame frame) => frame.Outer(address.Hops).Slots[address.Slot];
}

internal sealed class TupleTarget : Target
{
    private readonly List<Target> items;

    public TupleTarget(Position position, List<Target> items)
        : base(position)
    {
        this.items = items;
        Measure();
    }

    public override IEnumerable<Node> Children => items;

    public override void DeclareAsParameter(Symbols symbols) => items.ForEach(item => item.DeclareAsParameter(symbols));

    public override Target Copy() => new TupleTarget(Position, items.ConvertAll(item => item.Copy()));

    public override void Check(Frame frame) => items.ForEach(item => item.Check(frame));

    public override void Assign(RenderContext context, Frame frame, object? value)
    {
        if (!Iteration.TryGet(value, out var given))
        {
            throw Errors.Type($"cannot unpack non-iterable {TypeNames.Of(value)} object");
        }

        var values = given.Take(items.Count + 1).ToArray();
        context.AllocateItems(values.Length);
        if (values.Length < items.Count)
        {
            throw Errors.Value($"not enough values to unpack (expected {items.Count}, got {values.Length})");
        }

        if (values.Length > items.Count)
        {
            throw Errors.Value($"too many values to unpack (expected {items.Count})");
        }

        for (var i = 0; i < values.Length; i++)
        {
            items[i].Assign(context, frame, values[i]);
        }
    }
}
