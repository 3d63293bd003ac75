using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Tree;

/// <summary>A variable that is read.</summary>
internal sealed class Name(Position position, string identifier) : Expression(position)
{
    private Address address;

    public string Identifier => identifier;

    public override IEnumerable<Node> Children => [];

    public override void Declare(Symbols symbols) => symbols.Read(identifier);

    public override void Bind(Scope scope) => address = scope.Find(identifier);

    protected override bool? FirstUse(string name) =>
        string.Equals(name, identifier, StringComparison.Ordinal) ? true : null;

    protected override object? Compute(RenderContext context, Frame frame)
    {
        var value = frame.Outer(address.Hops).Slots[address.Slot];
        return value == (object)Missing.Value ? Undefined.Variable(identifier) : value;
    }
}
