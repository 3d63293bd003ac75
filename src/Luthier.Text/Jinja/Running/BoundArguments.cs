using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Running;

/// <summary>The arguments of a built-in by place, with what Python makes of them where it needs a text, a number or a flag.</summary>
internal readonly struct BoundArguments(RenderContext context, string name, string[] parameters, object?[] values)
{
    public RenderContext Context => context;

    public object? this[int index] => values[index];

    /// <summary>Whether the argument is given.</summary>
    public bool Has(int index) => values[index] != (object)Missing.Value;

    /// <summary>Whether the argument is given and not None.</summary>
    public bool HasValue(int index) => Has(index) && values[index] is not null;

    public object? GetOr(int index, object? fallback) => Has(index) ? values[index] : fallback;

    public bool Flag(int index, bool fallback = false) => Has(index) ? Truth.Of(values[index]) : fallback;

    /// <summary>A string, also one that is marked safe.</summary>
    public string Text(int index) => Texts.TryGet(values[index], out var text) ? text : throw Wrong(index, "a string");

    public string TextOr(int index, string fallback) => HasValue(index) ? Text(index) : fallback;

    /// <summary>Whatever it is, as text.</summary>
    public string Printed(int index) => Printing.Str(context, values[index]);

    public int Integer(int index, int fallback)
    {
        if (!Has(index))
        {
            return fallback;
        }

        // Every length and count is bounded far below what is cut off here.
        return Integers.TryGet(values[index], out var value)
            ? (int)Math.Clamp(value, int.MinValue / 2, int.MaxValue / 2)
            : throw Wrong(index, "an integer");
    }

    public JinjaException Wrong(int index, string expected) =>
        values[index] is Undefined undefined
            ? undefined.Error()
            : Errors.Type($"{name}(): '{parameters[index]}' is {TypeNames.Of(values[index])}; expected {expected}");
}
