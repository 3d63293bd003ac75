using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Tree;

/// <summary>
/// What macros and the blocks of <c>{% call %}</c> have in common: parameters, of which the last may have defaults, and a
/// body. A body that reads <c>caller</c>, <c>varargs</c> or <c>kwargs</c> is given the macro that calls it, the
/// arguments that are too many, or those of other names.
/// </summary>
internal sealed class MacroBody : Node
{
    private const string Caller = "caller";
    private const string Rest = "varargs";
    private const string Named = "kwargs";

    private readonly List<NameTarget> parameters;
    private readonly List<Expression> defaults;
    private readonly Block body;
    private readonly List<NameTarget> extras = [];
    private Scope scope = null!;

    public MacroBody(Position position, List<NameTarget> parameters, List<Expression> defaults, Block body)
        : base(position)
    {
        this.parameters = parameters;
        this.defaults = defaults;
        this.body = body;
        Parameters = parameters.ConvertAll(p => p.Identifier);
        TakesCaller = ReadsFirst([body], Caller);
        TakesNamed = ReadsFirst([body], Named) && !Parameters.Contains(Named);
        TakesRest = ReadsFirst([body], Rest) && !Parameters.Contains(Rest);
        Measure();
    }

    public List<string> Parameters { get; }

    public bool TakesCaller { get; }

    public bool TakesNamed { get; }

    public bool TakesRest { get; }

    public override IEnumerable<Node> Children => [.. parameters, .. defaults, body];

    private bool HasCallerParameter => Parameters.Contains(Caller);

    /// <summary>Nothing of it happens in the scope around it.</summary>
    public override void Declare(Symbols symbols) { }

    public override void Bind(Scope outer)
    {
        CheckCaller();
        AddExtra(TakesCaller && !HasCallerParameter, Caller);
        AddExtra(TakesNamed, Named);
        AddExtra(TakesRest, Rest);
        scope = Scope.Create(
            outer,
            symbols =>
            {
                parameters.ForEach(parameter => parameter.DeclareAsParameter(symbols));
                extras.ForEach(extra => extra.DeclareAsParameter(symbols));
                defaults.ForEach(value => value.Declare(symbols));
                body.Declare(symbols);
            },
            isInLoop: false
        );
        parameters.ForEach(parameter => parameter.Bind(scope));
        extras.ForEach(extra => extra.Bind(scope));
        defaults.ForEach(value => value.Bind(scope));
        body.Bind(scope);
    }

    /// <summary>The text that the body writes for some arguments.</summary>
    public string Call(RenderContext context, Frame outer, string name, Arguments arguments)
    {
        context.EnterCall();
        var frame = scope.Enter(context, outer);
        Pass(context, frame, name, arguments);
        context.BeginCapture();
        body.Execute(context, frame);
        context.LeaveCall();
        return context.EndCapture();
    }

    // (1) By place, (2) by name, (3) what the body asks for besides, (4) defaults for what is not given.
    private void Pass(RenderContext context, Frame frame, string name, Arguments arguments)
    {
        // (1)
        var placed = Math.Min(arguments.Positional.Length, parameters.Count);
        var values = new object?[parameters.Count];
        Array.Fill(values, Missing.Value);
        Array.Copy(arguments.Positional, values, placed);

        // (2)
        List<KeyValuePair<string, object?>> others = [];
        foreach (var argument in arguments.Named)
        {
            var index = Parameters.IndexOf(argument.Key, placed);
            if (index < 0)
            {
                others.Add(argument);
            }
            else
            {
                values[index] = argument.Value;
            }
        }

        // (3)
        PassExtras(context, frame, name, arguments, others);

        // (4)
        for (var i = 0; i < values.Length; i++)
        {
            var fallback = i - values.Length + defaults.Count;
            parameters[i]
                .Assign(
                    context,
                    frame,
                    values[i] is not Missing ? values[i]
                        : fallback >= 0 ? defaults[fallback].Evaluate(context, frame)
                        : Undefined.Because($"parameter '{Parameters[i]}' was not provided")
                );
        }
    }

    private void PassExtras(
        RenderContext context,
        Frame frame,
        string name,
        Arguments arguments,
        List<KeyValuePair<string, object?>> others
    )
    {
        var next = 0;
        if (TakesCaller && !HasCallerParameter)
        {
            var index = others.FindIndex(o => string.Equals(o.Key, Caller, StringComparison.Ordinal));
            var caller = index < 0 ? null : others[index].Value;
            extras[next++].Assign(context, frame, caller ?? Undefined.Because("No caller defined"));
            others.RemoveAll(o => string.Equals(o.Key, Caller, StringComparison.Ordinal));
        }

        if (TakesNamed)
        {
            var dict = new DictValue();
            others.ForEach(other => dict.Set(other.Key, other.Value));
            extras[next++].Assign(context, frame, dict);
        }
        else if (others.Count > 0)
        {
            throw Errors.Type($"macro '{name}' takes no keyword argument '{others[0].Key}'");
        }

        if (TakesRest)
        {
            var rest = arguments.Positional.Skip(parameters.Count);
            extras[next].Assign(context, frame, new TupleValue([.. rest]));
        }
        else if (arguments.Positional.Length > parameters.Count)
        {
            throw Errors.Type($"macro '{name}' takes not more than {parameters.Count} argument(s)");
        }
    }

    private void AddExtra(bool isTaken, string name)
    {
        if (isTaken)
        {
            extras.Add(new NameTarget(Position, name));
        }
    }

    private void CheckCaller()
    {
        if (TakesCaller && HasCallerParameter && Parameters.IndexOf(Caller) < parameters.Count - defaults.Count)
        {
            throw new JinjaException(
                JinjaErrorKind.Syntax,
                "a parameter named 'caller' must be omitted or be given a default",
                Position
            );
        }
    }
}
