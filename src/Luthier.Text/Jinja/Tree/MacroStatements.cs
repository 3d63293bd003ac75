using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Tree;

/// <summary><c>{% macro name(parameters) %}…{% endmacro %}</c></summary>
internal sealed class MacroDefinition : Statement
{
    private readonly NameTarget name;
    private readonly MacroBody body;

    public MacroDefinition(Position position, NameTarget name, MacroBody body)
        : base(position)
    {
        this.name = name;
        this.body = body;
        Measure();
    }

    // The name of a macro is not one that a loop may stumble over.
    public override IEnumerable<Node> Children => [body];

    public override void Declare(Symbols symbols) => name.Declare(symbols);

    public override void Bind(Scope scope)
    {
        name.Bind(scope);
        body.Bind(scope);
    }

    protected override Flow Run(RenderContext context, Frame frame)
    {
        name.Assign(context, frame, new Macro(name.Identifier, body, frame));
        return Flow.Next;
    }
}

/// <summary><c>{% call(parameters) macro(arguments) %}…{% endcall %}</c></summary>
internal sealed class CallBlock : Statement
{
    private readonly Call call;
    private readonly MacroBody body;

    public CallBlock(Position position, Call call, MacroBody body)
        : base(position)
    {
        this.call = call;
        this.body = body;
        Measure();
    }

    public override IEnumerable<Node> Children => [call, body];

    protected override Flow Run(RenderContext context, Frame frame)
    {
        context.WriteText(call.EvaluateWithCaller(context, frame, new Macro("caller", body, frame)));
        return Flow.Next;
    }
}

/// <summary>
/// <c>{% generation %}…{% endgeneration %}</c>, by which Transformers marks what an assistant wrote: prints its body, which
/// is a scope of its own.
/// </summary>
internal sealed class Generation : Statement
{
    private readonly MacroBody body;

    public Generation(Position position, MacroBody body)
        : base(position)
    {
        this.body = body;
        Measure();
    }

    public override IEnumerable<Node> Children => [body];

    protected override Flow Run(RenderContext context, Frame frame)
    {
        context.Write(body.Call(context, frame, "generation", Arguments.None));
        return Flow.Next;
    }
}
