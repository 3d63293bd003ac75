using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Items, attributes and slices, in the order in which Jinja2's sandbox looks for them.</summary>
internal static class Subscripts
{
    /// <summary><c>value[key]</c>: the item, else the attribute of that name, else undefined.</summary>
    public static object? Item(RenderContext context, object? value, object? key)
    {
        if (value is Undefined undefined)
        {
            throw undefined.Error();
        }

        if (TryItem(context, value, key, out var item))
        {
            return item;
        }

        return Texts.TryGet(key, out var name) && Attributes.TryGet(context, value, name, out var attribute)
            ? attribute
            : Undefined.Member(value, key);
    }

    /// <summary><c>value.name</c>: the attribute, else the item of that key, else undefined.</summary>
    public static object? Attribute(RenderContext context, object? value, string name)
    {
        if (value is Undefined undefined)
        {
            throw undefined.Error();
        }

        return Attributes.TryGet(context, value, name, out var attribute) ? attribute
            : TryItem(context, value, name, out var item) ? item
            : Undefined.Member(value, name);
    }

    /// <summary><c>value[start:stop:step]</c>; Missing where a part is left out.</summary>
    /// <exception cref="JinjaException">The value can't be sliced, or a part is no integer.</exception>
    public static object? Slice(RenderContext context, object? value, object? start, object? stop, object? step)
    {
        if (value is Undefined undefined)
        {
            throw undefined.Error();
        }

        if (value is SequenceValue sequence)
        {
            var bounds = SliceBounds.Of(start, stop, step, sequence.Items.Length);
            context.AllocateItems(bounds.Count);
            return sequence.With([.. bounds.Indices().Select(i => sequence.Items[i])]);
        }

        if (value is RangeValue range)
        {
            var bounds = SliceBounds.Of(start, stop, step, (int)range.Count);
            return new RangeValue(
                range.Start + (bounds.Start * range.Step),
                range.Start + (bounds.Stop * range.Step),
                range.Step * bounds.Step
            );
        }

        return Texts.TryGet(value, out var text)
            ? Texts.Like(value, SliceText(context, text, start, stop, step))
            : throw Errors.Type(
                value is DictValue ? "unhashable type: 'slice'" : $"'{TypeNames.Of(value)}' object is not subscriptable"
            );
    }

    private static string SliceText(RenderContext context, string text, object? start, object? stop, object? step)
    {
        context.Scan(text.Length);
        var bounds = SliceBounds.Of(start, stop, step, PythonText.Length(text));
        context.Allocate(bounds.Count);
        if (bounds.Count == 0)
        {
            return "";
        }

        if (bounds.Step == 1)
        {
            return text[PythonText.OffsetOf(text, bounds.Start)..PythonText.OffsetOf(text, bounds.Stop)];
        }

        if (PythonText.IsBasic(text))
        {
            return string.Concat(bounds.Indices().Select(i => text[i]));
        }

        context.AllocateItems(text.Length);
        var characters = PythonText.Characters(text).ToArray();
        return string.Concat(bounds.Indices().Select(i => characters[i]));
    }

    private static bool TryItem(RenderContext context, object? value, object? key, out object? item)
    {
        item = null;
        if (value is DictValue dict)
        {
            return key is not (ListValue or DictValue) && dict.TryGet(key, out item);
        }

        if (!Integers.TryGet(key, out var index))
        {
            return false;
        }

        switch (value)
        {
            case SequenceValue sequence:
                return TryAt(sequence.Items.Length, index, out index) && Give(sequence.Items[index], out item);
            case RangeValue range:
                return TryAt(range.Count, index, out index) && Give(range.At(index), out item);
            default:
                return Texts.TryGet(value, out var text)
                    && TryCharacter(context, text, index, out var character)
                    && Give(Texts.Like(value, character), out item);
        }
    }

    private static bool TryCharacter(RenderContext context, string text, long index, out string character)
    {
        context.Scan(text.Length);
        character = "";
        if (!TryAt(PythonText.Length(text), index, out index))
        {
            return false;
        }

        var offset = PythonText.OffsetOf(text, index);
        character = text.Substring(offset, PythonText.UnitsAt(text, offset));
        return true;
    }

    // A negative index counts from the end.
    private static bool TryAt(long count, long index, out long place)
    {
        place = index < 0 ? index + count : index;
        return place >= 0 && place < count;
    }

    private static bool Give(object? value, out object? item)
    {
        item = value;
        return true;
    }
}
