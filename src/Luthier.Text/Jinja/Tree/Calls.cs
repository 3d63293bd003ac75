using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Builtins;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Tree;

/// <summary>What stands in the parentheses of a call: <c>(a, b, name=c, *items, **entries)</c>.</summary>
internal sealed record CallArguments(
    List<Expression> Positional,
    List<(string Name, Expression Value)> Named,
    Expression? Items,
    Expression? Entries
)
{
    public static CallArguments None { get; } = new([], [], null, null);

    public IEnumerable<Node> Children =>
        Positional.Concat(Named.Select(n => n.Value)).Concat(((Expression?[])[Items, Entries]).OfType<Expression>());

    public Arguments Evaluate(RenderContext context, Frame frame)
    {
        if (Positional.Count == 0 && Named.Count == 0 && Items is null && Entries is null)
        {
            return Arguments.None;
        }

        List<object?> positional = [.. Positional.Select(argument => argument.Evaluate(context, frame))];
        List<KeyValuePair<string, object?>> named =
        [
            .. Named.Select(n => KeyValuePair.Create(n.Name, n.Value.Evaluate(context, frame))),
        ];
        if (Items is not null)
        {
            positional.AddRange(Iteration.ToArray(context, Items.Evaluate(context, frame)));
        }

        if (Entries is not null)
        {
            AddEntries(context, named, Entries.Evaluate(context, frame));
        }

        return new Arguments([.. positional], named);
    }

    private static void AddEntries(RenderContext context, List<KeyValuePair<string, object?>> named, object? entries)
    {
        if (entries is not DictValue dict)
        {
            throw Errors.Type($"argument after ** must be a mapping, not {TypeNames.Of(entries)}");
        }

        context.AllocateItems(dict.Count);
        HashSet<string> names = new(named.Select(n => n.Key), StringComparer.Ordinal);
        foreach (var (key, value) in dict.Entries)
        {
            if (!Texts.TryGet(key, out var name))
            {
                throw Errors.Type("keywords must be strings");
            }

            if (!names.Add(name))
            {
                throw Errors.Type($"got multiple values for keyword argument '{name}'");
            }

            named.Add(new(name, value));
        }
    }
}

/// <summary><c>callee(arguments)</c></summary>
internal sealed class Call : Expression
{
    private readonly Expression callee;
    private readonly CallArguments arguments;

    public Call(Position position, Expression callee, CallArguments arguments)
        : base(position)
    {
        this.callee = callee;
        this.arguments = arguments;
        Measure();
    }

    public override IEnumerable<Node> Children => [callee, .. arguments.Children];

    /// <summary>As <see cref="Expression.Evaluate"/>, with a macro to call back as the argument <c>caller</c>.</summary>
    public object? EvaluateWithCaller(RenderContext context, Frame frame, Macro caller)
    {
        context.Visit(Position);
        var function = callee.Evaluate(context, frame);
        var given = arguments.Evaluate(context, frame);
        return Invoke(context, function, given with { Named = [.. given.Named, new("caller", caller)] });
    }

    protected override object? Compute(RenderContext context, Frame frame)
    {
        var function = callee.Evaluate(context, frame);
        return Invoke(context, function, arguments.Evaluate(context, frame));
    }

    private object? Invoke(RenderContext context, object? function, Arguments given)
    {
        context.Visit(Position);
        return function switch
        {
            Callable callable => callable.Call(context, given),
            Undefined undefined => throw undefined.Error(),
            _ => throw Errors.Type($"'{TypeNames.Of(function)}' object is not callable"),
        };
    }
}

/// <summary><c>value|name(arguments)</c>; without a value inside of blocks, which give it.</summary>
internal sealed class FilterCall : Expression
{
    private readonly string name;
    private readonly CallArguments arguments;

    public FilterCall(Position position, Expression? value, string name, CallArguments arguments)
        : base(position)
    {
        Value = value;
        this.name = name;
        this.arguments = arguments;
        Measure();
    }

    public Expression? Value { get; }

    public override IEnumerable<Node> Children =>
        Value is null ? arguments.Children : arguments.Children.Prepend(Value);

    public override void Bind(Scope scope)
    {
        if (!scope.IsConditional && !Filters.Exists(name))
        {
            throw new JinjaException(JinjaErrorKind.Syntax, $"No filter named '{name}'.", Position);
        }

        base.Bind(scope);
    }

    /// <summary>Applies the chain of filters to a text that stands where the chain has no value.</summary>
    public object? Apply(RenderContext context, Frame frame, string text)
    {
        var input = Value is FilterCall before ? before.Apply(context, frame, text) : text;
        return Run(context, frame, input);
    }

    protected override object? Compute(RenderContext context, Frame frame) =>
        Run(context, frame, Value!.Evaluate(context, frame));

    private object? Run(RenderContext context, Frame frame, object? input)
    {
        var given = arguments.Evaluate(context, frame);
        context.Visit(Position);
        return Filters.Apply(context, name, input, given);
    }
}

/// <summary><c>value is name(arguments)</c></summary>
internal sealed class TestCall : Expression
{
    private readonly string name;
    private readonly CallArguments arguments;

    public TestCall(Position position, Expression value, string name, CallArguments arguments)
        : base(position)
    {
        Value = value;
        this.name = name;
        this.arguments = arguments;
        Measure();
    }

    public Expression Value { get; }

    public override IEnumerable<Node> Children => arguments.Children.Prepend(Value);

    public override void Bind(Scope scope)
    {
        if (!scope.IsConditional && !Tests.Exists(name))
        {
            throw new JinjaException(JinjaErrorKind.Syntax, $"No test named '{name}'.", Position);
        }

        base.Bind(scope);
    }

    protected override object Compute(RenderContext context, Frame frame)
    {
        var input = Value.Evaluate(context, frame);
        var given = arguments.Evaluate(context, frame);
        context.Visit(Position);
        return Tests.Holds(context, name, input, given);
    }
}
