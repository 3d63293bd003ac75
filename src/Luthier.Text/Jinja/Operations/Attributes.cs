using System.Collections.Frozen;
using Luthier.Text.Jinja.Builtins;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>
/// The attributes and methods that values have in Python. What Jinja2's immutable sandbox forbids is there, but undefined:
/// what begins with an underscore, and what would change a list or dictionary.
/// </summary>
internal static class Attributes
{
    /// <summary>The attributes of every object.</summary>
    private static readonly FrozenSet<string> OfObjects = (
        "__class__ __delattr__ __dir__ __doc__ __eq__ __format__ __ge__ __getattribute__ __getstate__ __gt__ __hash__ "
        + "__init__ __init_subclass__ __le__ __lt__ __ne__ __new__ __reduce__ __reduce_ex__ __repr__ __setattr__ "
        + "__sizeof__ __str__ __subclasshook__ __len__ __iter__ __contains__ __getitem__ __setitem__ __delitem__ "
        + "__reversed__ __add__ __mul__ __rmul__ __mod__ __rmod__ __or__ __ior__ __ror__ __class_getitem__ __call__ "
        + "__dict__ __module__ __globals__ __code__ __func__ __self__ __name__ __qualname__ __getnewargs__ __html__"
    )
        .Split(' ')
        .ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Mutating = (
        "append clear extend insert pop popitem remove reverse setdefault sort update"
    )
        .Split(' ')
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether there is such an attribute; one that is forbidden is there and <see cref="Undefined"/>.</summary>
    public static bool TryGet(RenderContext context, object? value, string name, out object? attribute)
    {
        if (value is not IAttributes && OfObjects.Contains(name))
        {
            attribute = Undefined.Unsafe(value, name);
            return true;
        }

        if (TryGetSafe(context, value, name, out attribute))
        {
            attribute = name.StartsWith('_') ? Undefined.Unsafe(value, name) : attribute;
            return true;
        }

        attribute = Undefined.Unsafe(value, name);
        return value switch
        {
            ListValue => Mutating.Contains(name) && name is not ("popitem" or "setdefault" or "update"),
            DictValue => name is "clear" or "pop" or "popitem" or "setdefault" or "update" or "fromkeys",
            string or Markup => name is "encode" or "maketrans" or "translate",
            IAttributes => OfObjects.Contains(name),
            _ => false,
        };
    }

    private static bool TryGetSafe(RenderContext context, object? value, string name, out object? attribute)
    {
        switch (value)
        {
            case string text:
                return StringMethods.TryGet(text, name, out attribute);
            case Markup markup:
                return MarkupMethods.TryGet(markup, name, out attribute);
            case IAttributes owner:
                return owner.TryGetAttribute(name, out attribute);
            case TupleValue tuple when IndexOf(tuple.Names, name) is >= 0 and var index:
                attribute = tuple.Items[index];
                return true;
            default:
                return ValueMethods.TryGet(value, name, out attribute);
        }
    }

    private static int IndexOf(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (string.Equals(names[i], name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }
}
