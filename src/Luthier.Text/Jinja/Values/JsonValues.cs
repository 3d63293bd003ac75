using System.Globalization;
using System.Text.Json;
using Luthier.Text.Jinja.Operations;

namespace Luthier.Text.Jinja.Values;

/// <summary>JSON as values of a template, as Python's json module reads it.</summary>
internal static class JsonValues
{
    /// <exception cref="JinjaException">An integer is too large.</exception>
    public static object? Read(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var dict = new DictValue(element.GetPropertyCount());
                foreach (var member in element.EnumerateObject())
                {
                    dict.Set(member.Name, Read(member.Value));
                }

                return dict;
            case JsonValueKind.Array:
                return new ListValue([.. element.EnumerateArray().Select(Read)]);
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                return ReadNumber(element);
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                return null;
        }
    }

    private static object ReadNumber(JsonElement element)
    {
        if (element.TryGetInt64(out var integer))
        {
            return integer;
        }

        var text = element.GetRawText();
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0)
        {
            return double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        return PythonNumbers.TryParseInteger(text, 10, out var big)
            ? big
            : throw Errors.Limit("a number of the input has too many digits");
    }
}
