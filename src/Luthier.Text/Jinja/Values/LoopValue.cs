using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Tree;

namespace Luthier.Text.Jinja.Values;

/// <summary>
/// The variable <c>loop</c>: where a loop is. Asking for the last or next item takes one ahead, asking for the length
/// takes all, where it isn't known.
/// </summary>
internal sealed class LoopValue(For statement, Frame frame, IEnumerable<object?> items, long? knownLength, int depth)
    : Callable,
        IAttributes
{
    private static readonly Signature CallSignature = new("loop", "iterable");

    private IEnumerator<object?> source = items.GetEnumerator();
    private long? length = knownLength;
    private long index0 = -1;
    private object? previous = Missing.Value;
    private object? current = Missing.Value;
    private object? next = Missing.Value;
    private object?[]? lastChanged;

    public override string TypeName => "LoopContext";

    public long Index => index0 + 1;

    public long Length
    {
        get
        {
            if (length is null)
            {
                List<object?> rest = [];
                while (source.MoveNext())
                {
                    rest.Add(source.Current);
                }

                length = rest.Count + Index + (next is Missing ? 0 : 1);
                source = rest.GetEnumerator();
            }

            return length.Value;
        }
    }

    /// <summary>Goes to the next item.</summary>
    public bool TryAdvance(out object? item)
    {
        item = Peek();
        if (item is Missing)
        {
            return false;
        }

        next = Missing.Value;
        index0++;
        previous = current;
        current = item;
        return true;
    }

    public override object? Call(RenderContext context, Arguments arguments) =>
        statement.RunInside(context, frame, CallSignature.Bind(context, arguments)[0], depth + 1);

    public bool TryGetAttribute(string attribute, out object? value)
    {
        value = attribute switch
        {
            "index" => Index,
            "index0" => index0,
            "first" => index0 == 0,
            "last" => Peek() is Missing,
            "length" => Length,
            "revindex" => Length - index0,
            "revindex0" => Length - Index,
            "depth" => depth + 1L,
            "depth0" => (long)depth,
            "previtem" => index0 == 0 ? Undefined.Because("there is no previous item") : previous,
            "nextitem" => Peek() is Missing ? Undefined.Because("there is no next item") : next,
            "cycle" => new VariadicFunction("method", Cycle),
            "changed" => new VariadicFunction("method", HasChanged),
            _ => Missing.Value,
        };
        return value is not Missing;
    }

    private object? Peek()
    {
        if (next is Missing && source.MoveNext())
        {
            next = source.Current;
        }

        return next;
    }

    private object? Cycle(RenderContext context, Arguments arguments) =>
        arguments.Positional is { Length: > 0 } choices
            ? choices[index0 % choices.Length]
            : throw Errors.Type("no items for cycling given");

    private object HasChanged(RenderContext context, Arguments arguments)
    {
        var isSame =
            lastChanged is not null
            && Equality.AreEqual(context, new TupleValue(lastChanged), new TupleValue(arguments.Positional));
        lastChanged = arguments.Positional;
        return !isSame;
    }
}
