using System.Text;
using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Syntax;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Tree;

/// <summary><c>not</c>, <c>-</c> or <c>+</c> before an operand.</summary>
internal sealed class Unary : Expression
{
    private readonly string sign;
    private readonly Expression operand;

    public Unary(Position position, string sign, Expression operand)
        : base(position)
    {
        this.sign = sign;
        this.operand = operand;
        Measure();
    }

    public override IEnumerable<Node> Children => [operand];

    protected override object? Compute(RenderContext context, Frame frame)
    {
        var value = operand.Evaluate(context, frame);
        return sign switch
        {
            "-" => Arithmetic.Negate(value),
            "+" => Arithmetic.Plus(value),
            _ => !Truth.Of(value),
        };
    }
}

/// <summary><c>+ - * / // % **</c> between two operands.</summary>
internal sealed class Binary : Expression
{
    private readonly string sign;
    private readonly Expression left;
    private readonly Expression right;

    public Binary(Position position, string sign, Expression left, Expression right)
        : base(position)
    {
        this.sign = sign;
        this.left = left;
        this.right = right;
        Measure();
    }

    public override IEnumerable<Node> Children => [left, right];

    protected override object? Compute(RenderContext context, Frame frame)
    {
        var value = left.Evaluate(context, frame);
        return Arithmetic.Apply(context, sign, value, right.Evaluate(context, frame));
    }
}

/// <summary>Operands between <c>~</c>: put together as text.</summary>
internal sealed class Concatenation : Expression
{
    private readonly List<Expression> operands;

    public Concatenation(Position position, List<Expression> operands)
        : base(position)
    {
        this.operands = operands;
        Measure();
    }

    public override IEnumerable<Node> Children => operands;

    protected override object Compute(RenderContext context, Frame frame)
    {
        var text = new StringBuilder();
        foreach (var operand in operands)
        {
            text.Append(context.Made(Printing.Str(context, operand.Evaluate(context, frame))));
        }

        return text.ToString();
    }
}

/// <summary>Operands between <c>and</c> or <c>or</c>: the first that decides, else the last.</summary>
internal sealed class Junction : Expression
{
    private readonly bool isOr;
    private readonly List<Expression> operands;

    public Junction(Position position, bool isOr, List<Expression> operands)
        : base(position)
    {
        this.isOr = isOr;
        this.operands = operands;
        Measure();
    }

    public override IEnumerable<Node> Children => operands;

    protected override object? Compute(RenderContext context, Frame frame)
    {
        object? value = null;
        foreach (var operand in operands)
        {
            value = operand.Evaluate(context, frame);
            if (Truth.Of(value) == isOr)
            {
                break;
            }
        }

        return value;
    }
}

/// <summary>Comparisons in a row: all must hold, each operand is evaluated once.</summary>
internal sealed class Comparison : Expression
{
    private readonly Expression first;
    private readonly List<(string Sign, Expression Operand)> rest;

    public Comparison(Position position, Expression first, List<(string Sign, Expression Operand)> rest)
        : base(position)
    {
        this.first = first;
        this.rest = rest;
        Measure();
    }

    public override IEnumerable<Node> Children => [first, .. rest.Select(r => r.Operand)];

    /// <summary>Whether a comparison holds.</summary>
    public static bool Holds(RenderContext context, string sign, object? a, object? b) =>
        sign switch
        {
            "==" => Equality.AreEqual(context, a, b),
            "!=" => !Equality.AreEqual(context, a, b),
            "in" => Membership.Contains(context, b, a),
            "not in" => !Membership.Contains(context, b, a),
            "<" => Ordering.Compare(context, a, b, sign) < 0,
            "<=" => Ordering.Compare(context, a, b, sign) <= 0,
            ">" => Ordering.Compare(context, a, b, sign) > 0,
            _ => Ordering.Compare(context, a, b, sign) >= 0,
        };

    protected override object Compute(RenderContext context, Frame frame)
    {
        var left = first.Evaluate(context, frame);
        foreach (var (sign, operand) in rest)
        {
            var right = operand.Evaluate(context, frame);
            if (!Holds(context, sign, left, right))
            {
                return false;
            }

            left = right;
        }

        return true;
    }
}

/// <summary><c>a if test else b</c>; undefined where the test fails and there is no else.</summary>
internal sealed class Conditional : Expression
{
    private readonly Expression test;
    private readonly Expression then;
    private readonly Expression? otherwise;

    public Conditional(Position position, Expression test, Expression then, Expression? otherwise)
        : base(position)
    {
        this.test = test;
        this.then = then;
        this.otherwise = otherwise;
        Measure();
    }

    public override IEnumerable<Node> Children => otherwise is null ? [test, then] : [test, then, otherwise];

    public override void Bind(Scope scope) => base.Bind(scope.Conditional());

    protected override object? Compute(RenderContext context, Frame frame) =>
        Truth.Of(test.Evaluate(context, frame)) ? then.Evaluate(context, frame)
        : otherwise is not null ? otherwise.Evaluate(context, frame)
        : Undefined.Because(
            $"the inline if-expression on line {Position.Line} evaluated to false and no else section was defined."
        );
}
