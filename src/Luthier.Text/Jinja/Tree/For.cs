using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Tree;

/// <summary>
/// <c>{% for target in items if test recursive %}…{% else %}…{% endfor %}</c>. Each round has variables of its own; the
/// else runs where there was no round that came to its end or was broken off by <c>continue</c>.
/// </summary>
internal sealed class For : Statement
{
    private const string LoopName = "loop";

    private readonly Expression? test;
    private readonly Block body;
    private readonly Block? otherwise;
    private readonly bool isRecursive;
    private readonly bool usesLoop;
    private readonly Target testTarget;
    private readonly NameTarget loopTarget;
    private Scope bodyScope = null!;
    private Scope? testScope;
    private Scope? elseScope;

    public For(
        Position position,
        Target target,
        Expression items,
        Expression? test,
        Block body,
        Block? otherwise,
        bool isRecursive
    )
        : base(position)
    {
        Target = target;
        Items = items;
        this.test = test;
        this.body = body;
        this.otherwise = otherwise;
        this.isRecursive = isRecursive;
        usesLoop = isRecursive || ReadsFirst([body], LoopName);
        testTarget = target.Copy();
        loopTarget = new NameTarget(position, LoopName);
        Measure();
    }

    public Target Target { get; }

    public Expression Items { get; }

    public override IEnumerable<Node> Children => ((Node?[])[Target, Items, body, otherwise, test]).OfType<Node>();

    public override void Declare(Symbols symbols) => Items.Declare(symbols);

    public override void Bind(Scope scope)
    {
        RefuseLoopAsTarget(this);
        Items.Bind(scope);
        bodyScope = Scope.Create(scope, DeclareBody, isInLoop: true);
        if (usesLoop)
        {
            loopTarget.Bind(bodyScope);
        }

        Target.Bind(bodyScope);
        body.Bind(bodyScope);
        if (test is not null)
        {
            testScope = Scope.Create(scope, DeclareTest, isInLoop: false);
            testTarget.Bind(testScope);
            test.Bind(testScope);
        }

        if (otherwise is not null)
        {
            elseScope = Scope.Create(scope, otherwise.Declare, isRecursive ? false : null);
            otherwise.Bind(elseScope);
        }
    }

    /// <summary>One run over items, written to the output.</summary>
    /// <param name="context">The rendering.</param>
    /// <param name="frame">The variables around the loop.</param>
    /// <param name="source">The items.</param>
    /// <param name="depth">Loops of this statement around this run.</param>
    /// <returns>How the else ended, which can break off a loop around this one.</returns>
    public Flow RunOver(RenderContext context, Frame frame, object? source, int depth)
    {
        var given = Iteration.Of(source);
        var length = Iteration.TryCount(source, out var count) && test is null ? count : (long?)null;
        if (test is not null)
        {
            given = Filter(context, frame, given);
        }

        var loop = new LoopValue(this, frame, given, length, depth);
        var isUntouched = true;
        while (loop.TryAdvance(out var item))
        {
            context.Visit(Position);
            var round = bodyScope.Enter(context, frame);
            if (usesLoop)
            {
                loopTarget.Assign(context, round, loop);
            }

            Target.Assign(context, round, item);
            var flow = body.Execute(context, round);
            if (flow == Flow.Break)
            {
                break;
            }

            isUntouched &= flow == Flow.Continue;
        }

        return isUntouched && otherwise is not null
            ? otherwise.Execute(context, elseScope!.Enter(context, frame))
            : Flow.Next;
    }

    /// <summary>What <c>loop(items)</c> gives: the text of a run inside of the run that calls it.</summary>
    public string RunInside(RenderContext context, Frame frame, object? source, int depth)
    {
        if (!isRecursive)
        {
            throw Errors.Type("The loop must have the 'recursive' marker to be called recursively.");
        }

        context.EnterCall();
        context.BeginCapture();
        RunOver(context, frame, source, depth);
        context.LeaveCall();
        return context.EndCapture();
    }

    protected override Flow Run(RenderContext context, Frame frame) =>
        RunOver(context, frame, Items.Evaluate(context, frame), depth: 0);

    private void DeclareBody(Symbols symbols)
    {
        if (usesLoop)
        {
            symbols.Declare(LoopName);
        }

        Target.DeclareAsParameter(symbols);
        body.Declare(symbols);
    }

    private void DeclareTest(Symbols symbols)
    {
        testTarget.DeclareAsParameter(symbols);
        test!.Declare(symbols);
    }

    private IEnumerable<object?> Filter(RenderContext context, Frame frame, IEnumerable<object?> given)
    {
        foreach (var item in given)
        {
            var round = testScope!.Enter(context, frame);
            testTarget.Assign(context, round, item);
            if (Truth.Of(test!.Evaluate(context, round)))
            {
                yield return item;
            }
        }
    }

    private static void RefuseLoopAsTarget(Node node)
    {
        foreach (var child in node.Children)
        {
            if (child is NameTarget { Identifier: LoopName })
            {
                throw new JinjaException(
                    JinjaErrorKind.Syntax,
                    "Can't assign to special loop variable in for-loop target",
                    child.Position
                );
            }

            // A loop inside checks itself.
            if (child is not For)
            {
                RefuseLoopAsTarget(child);
            }
        }
    }
}
