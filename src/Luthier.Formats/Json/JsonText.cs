using System.Text;

namespace Luthier.Formats.Json;

/// <summary>String literals as Python's json module and Rust's serde_json write them.</summary>
public static class JsonText
{
    /// <summary>
    /// Appends <paramref name="value"/> quoted. With <paramref name="ascii"/> everything but printable ASCII becomes
    /// <c>\uXXXX</c> (Python's default); otherwise only quotes, backslashes and control characters are escaped.
    /// </summary>
    public static void AppendString(StringBuilder text, string value, bool ascii)
    {
        text.Append('"');
        foreach (var character in value)
        {
            switch (character)
            {
                case '"':
                    text.Append("\\\"");
                    break;
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\b':
                    text.Append("\\b");
                    break;
                case '\f':
                    text.Append("\\f");
                    break;
                case < ' ':
                case > '~' when ascii:
                    text.Append("\\u").Append(((int)character).ToString("x4"));
                    break;
                default:
                    text.Append(character);
                    break;
            }
        }

        text.Append('"');
    }
}
