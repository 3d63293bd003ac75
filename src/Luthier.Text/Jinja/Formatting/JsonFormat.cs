using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Luthier.Formats.Json;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Formatting;

/// <summary>JSON as Python's <c>json.dumps</c> writes it, which Transformers makes the filter <c>tojson</c> of.</summary>
/// <param name="context">Counts what is made.</param>
/// <param name="indent">What each level is indented by; null for one line.</param>
/// <param name="itemSeparator">Between items.</param>
/// <param name="keySeparator">Between a key and its value.</param>
/// <param name="ascii">Whether everything beyond ASCII is escaped.</param>
/// <param name="sortKeys">Whether the keys are sorted.</param>
internal sealed class JsonFormat(
    RenderContext context,
    string? indent,
    string itemSeparator,
    string keySeparator,
    bool ascii,
    bool sortKeys
)
{
    private readonly StringBuilder text = new();
    private int depth;

    public string Serialize(object? value)
    {
        Append(value);
        return text.ToString();
    }

    private void Append(object? value)
    {
        context.Step(1);
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var before = text.Length;
        if (Texts.TryGet(value, out var characters))
        {
            JsonText.AppendString(text, characters, ascii);
        }
        else if (value is SequenceValue sequence)
        {
            AppendAll(sequence.Items, '[', ']', Append);
            return;
        }
        else if (value is DictValue dict)
        {
            AppendAll(Entries(dict), '{', '}', AppendEntry);
            return;
        }
        else
        {
            text.Append(Scalar(value));
        }

        context.Allocate(text.Length - before);
    }

    private void AppendAll<T>(IEnumerable<T> items, char open, char close, Action<T> append)
    {
        text.Append(open);
        depth++;
        var isEmpty = true;
        foreach (var item in items)
        {
            text.Append(isEmpty ? "" : itemSeparator);
            StartLine();
            append(item);
            isEmpty = false;
        }

        depth--;
        if (!isEmpty)
        {
            StartLine();
        }

        text.Append(close);
    }

    private void AppendEntry(KeyValuePair<string, object?> entry)
    {
        JsonText.AppendString(text, entry.Key, ascii);
        text.Append(keySeparator);
        context.Allocate(entry.Key.Length + keySeparator.Length);
        Append(entry.Value);
    }

    private IEnumerable<KeyValuePair<string, object?>> Entries(DictValue dict)
    {
        var entries = dict.Entries;
        if (sortKeys)
        {
            entries = Sorting.Sort(context, [.. dict.Entries], entry => entry.Key, reverse: false);
        }

        return entries.Select(entry => KeyValuePair.Create(Key(entry.Key), entry.Value));
    }

    private static string Key(object? key) =>
        Texts.TryGet(key, out var text) ? text
        : key is null or bool or long or double or BigInteger ? Scalar(key)
        : throw Errors.Type($"keys must be str, int, float, bool or None, not {TypeNames.Of(key)}");

    private static string Scalar(object? value) =>
        value switch
        {
            null => "null",
            true => "true",
            false => "false",
            long number => number.ToString(CultureInfo.InvariantCulture),
            BigInteger number => number.ToString(CultureInfo.InvariantCulture),
            double number => PythonJson.Float(number),
            _ => throw Errors.Type($"Object of type {TypeNames.Of(value)} is not JSON serializable"),
        };

    private void StartLine()
    {
        if (indent is null)
        {
            return;
        }

        context.Allocate(1 + (indent.Length * depth));
        text.Append('\n').Insert(text.Length, indent, depth);
    }
}
