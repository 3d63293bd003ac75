using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Formats.Files;

namespace Luthier.Formats.Json;

/// <summary>
/// JSON exactly as Python's <c>json.dumps(value, indent=2, sort_keys=True)</c> writes it, which is how Transformers and
/// PEFT write their configuration files: sorted keys, ASCII only, and floats as <c>repr</c> gives them.
/// </summary>
public static class PythonJson
{
    /// <summary>The text without a final line feed.</summary>
    /// <param name="node">
    /// What to write. A number keeps its kind: a float or double 1 becomes <c>1.0</c>, an integer <c>1</c>. NaN and
    /// infinities become <c>NaN</c> and <c>Infinity</c>, as in Python.
    /// </param>
    /// <param name="sortKeys">Sort the members of objects by code point; otherwise they keep their order.</param>
    /// <param name="ascii">Escape everything beyond ASCII.</param>
    public static string Serialize(JsonNode? node, bool sortKeys = true, bool ascii = true)
    {
        var text = new StringBuilder();
        new Writer(text, sortKeys, ascii).Append(node, indent: 0);
        return text.ToString();
    }

    /// <summary>Writes a file beside <paramref name="path"/> and renames it into place.</summary>
    /// <param name="finalNewline">Transformers ends its files with a line feed; PEFT's adapter_config.json has none.</param>
    /// <inheritdoc cref="Serialize"/>
    public static void Write(
        string path,
        JsonNode? node,
        bool sortKeys = true,
        bool ascii = true,
        bool finalNewline = true
    ) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(Serialize(node, sortKeys, ascii) + (finalNewline ? "\n" : "")));

    /// <summary>A double as Python's <c>repr</c> and json module write it: <c>1e-05</c>, <c>10000.0</c>, <c>1e+16</c>.</summary>
    public static string Float(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN"
                : value > 0 ? "Infinity"
                : "-Infinity";
        }

        // Both languages choose the shortest digits that read back as the same number; only the layout differs.
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var sign = shortest.StartsWith('-') ? "-" : "";
        var (digits, exponent) = Decompose(shortest[sign.Length..]);
        return sign
            + exponent switch
            {
                >= 16 or < -4 => Scientific(digits, exponent),
                < 0 => $"0.{new string('0', -exponent - 1)}{digits}",
                _ when digits.Length <= exponent + 1 => $"{digits.PadRight(exponent + 1, '0')}.0",
                _ => $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}",
            };
    }

    private static string Scientific(string digits, int exponent)
    {
        var mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
        return $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    /// <summary>Significant digits without zeros at either end, and the power of ten of the first one.</summary>
    private static (string Digits, int Exponent) Decompose(string shortest)
    {
        var mark = shortest.IndexOf('E');
        var mantissa = mark < 0 ? shortest : shortest[..mark];
        var power = mark < 0 ? 0 : int.Parse(shortest.AsSpan(mark + 1), CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.') is var found and >= 0 ? found : mantissa.Length;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var zeros = digits.Length - digits.TrimStart('0').Length;
        return zeros == digits.Length ? ("0", 0) : (digits.Trim('0'), power + point - 1 - zeros);
    }

    private readonly struct Writer(StringBuilder text, bool sortKeys, bool ascii)
    {
        private const int Step = 2;

        public void Append(JsonNode? node, int indent)
        {
            switch (node)
            {
                case null:
                    text.Append("null");
                    break;
                case JsonObject members:
                    AppendObject(members, indent);
                    break;
                case JsonArray items:
                    AppendArray(items, indent);
                    break;
                default:
                    AppendValue(node.AsValue());
                    break;
            }
        }

        private void AppendObject(JsonObject members, int indent)
        {
            if (members.Count == 0)
            {
                text.Append("{}");
                return;
            }

            IEnumerable<KeyValuePair<string, JsonNode?>> ordered = sortKeys
                ? members.OrderBy(member => member.Key, CodePointComparer.Instance)
                : members;
            var open = '{';
            foreach (var (key, value) in ordered)
            {
                StartLine(open, indent + Step);
                open = ',';
                JsonText.AppendString(text, key, ascii);
                text.Append(": ");
                Append(value, indent + Step);
            }

            StartLine(null, indent);
            text.Append('}');
        }

        private void AppendArray(JsonArray items, int indent)
        {
            if (items.Count == 0)
            {
                text.Append("[]");
                return;
            }

            var open = '[';
            foreach (var item in items)
            {
                StartLine(open, indent + Step);
                open = ',';
                Append(item, indent + Step);
            }

            StartLine(null, indent);
            text.Append(']');
        }

        private void StartLine(char? before, int indent) => text.Append(before).Append('\n').Append(' ', indent);

        private void AppendValue(JsonValue value)
        {
            switch (value.GetValueKind())
            {
                case JsonValueKind.True:
                    text.Append("true");
                    break;
                case JsonValueKind.False:
                    text.Append("false");
                    break;
                case JsonValueKind.String:
                    JsonText.AppendString(text, value.GetValue<string>(), ascii);
                    break;
                default:
                    text.Append(Number(value.GetValue<object>()));
                    break;
            }
        }

        private static string Number(object value) =>
            value switch
            {
                JsonElement element => Literal(element.GetRawText()),
                double or float or Half or decimal => Float(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
                IFormattable integer => integer.ToString(null, CultureInfo.InvariantCulture),
                _ => throw new NotSupportedException($"{value.GetType()} is not a JSON number"),
            };

        /// <summary>A number as Python would read it and write it again.</summary>
        private static string Literal(string raw)
        {
            if (raw.AsSpan().IndexOfAny('.', 'e', 'E') >= 0)
            {
                return Float(double.Parse(raw, CultureInfo.InvariantCulture));
            }

            return string.Equals(raw, "-0", StringComparison.Ordinal) ? "0" : raw;
        }
    }
}
