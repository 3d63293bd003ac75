using System.Collections.Frozen;
using Luthier.Text.Jinja.Formatting;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>
/// What every template may call: Jinja2's functions, and those that Transformers adds.
/// </summary>
internal static class Globals
{
    /// <summary>The bound that Jinja2's sandbox sets.</summary>
    private const long MaximumRange = 100_000;

    private const int MaximumTimeFormat = 1000;

    public static IReadOnlyDictionary<string, object?> All { get; } =
        new (string Name, Callable Function)[]
        {
            ("range", Function("type", "range", "start stop? step? /", Range)),
            ("dict", new VariadicFunction("type", MakeDict)),
            ("namespace", new VariadicFunction("type", (c, a) => new NamespaceValue(MakeDict(c, a)))),
            ("cycler", new VariadicFunction("type", MakeCycler)),
            ("joiner", Function("type", "joiner", "sep?", a => new Joiner(a.GetOr(0, ", ")))),
            ("lipsum", new VariadicFunction("function", RefuseLipsum)),
            ("raise_exception", Function("function", "raise_exception", "message", Raise)),
            ("strftime_now", Function("function", "strftime_now", "format", FormatNow)),
        }.ToFrozenDictionary(entry => entry.Name, entry => (object?)entry.Function, StringComparer.Ordinal);

    private static BuiltinFunction Function(
        string type,
        string name,
        string parameters,
        Func<BoundArguments, object?> body
    ) => new(type, new Signature(name, parameters), body);

    private static object? Raise(BoundArguments arguments) =>
        throw new JinjaException(JinjaErrorKind.Raised, arguments.Printed(0));

    private static object? RefuseLipsum(RenderContext context, Arguments arguments) =>
        throw Errors.Value("lipsum() is not supported: its text is random");

    private static object FormatNow(BoundArguments arguments)
    {
        var format = arguments.Text(0);
        return format.Length <= MaximumTimeFormat
            ? arguments.Context.Made(TimeFormat.Format(arguments.Context.Now, format))
            : throw Errors.Limit($"the format of a time has more than {MaximumTimeFormat} characters");
    }

    private static object Range(BoundArguments arguments)
    {
        var start = arguments.Has(1) ? Bound(arguments, 0) : 0;
        var stop = Bound(arguments, arguments.Has(1) ? 1 : 0);
        var step = arguments.Has(2) ? Bound(arguments, 2) : 1;
        if (step == 0)
        {
            throw Errors.Value("range() arg 3 must not be zero");
        }

        var range = new RangeValue(start, stop, step);
        return range.Count <= MaximumRange
            ? range
            : throw Errors.Limit($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MaximumRange}).");
    }

    // Kept far from overflow; what is beyond has too many items anyway.
    private static long Bound(BoundArguments arguments, int index) =>
        Integers.TryGet(arguments[index], out var value)
            ? Math.Clamp(value, -(1L << 60), 1L << 60)
            : throw arguments.Wrong(index, "an integer");

    private static DictValue MakeDict(RenderContext context, Arguments arguments)
    {
        if (arguments.Positional.Length > 1)
        {
            throw Errors.Type($"dict expected at most 1 argument, got {arguments.Positional.Length}");
        }

        var dict = new DictValue();
        if (arguments.Positional is [DictValue other])
        {
            foreach (var (key, value) in other.Entries)
            {
                context.AllocateItems(2);
                dict.Set(key, value);
            }
        }
        else if (arguments.Positional is [var pairs])
        {
            foreach (var pair in Iteration.Of(pairs))
            {
                var parts = Iteration.ToArray(context, pair);
                if (parts.Length != 2)
                {
                    throw Errors.Value($"a pair of the dictionary has {parts.Length} items; expected 2");
                }

                dict.Set(parts[0], parts[1]);
            }
        }

        foreach (var (name, value) in arguments.Named)
        {
            dict.Set(name, value);
        }

        return dict;
    }

    private static Cycler MakeCycler(RenderContext context, Arguments arguments) =>
        arguments is { Positional.Length: > 0, Named.Count: 0 }
            ? new Cycler(arguments.Positional)
            : throw Errors.Type("at least one item has to be provided");
}
