using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Luthier.Generation.Tests.Constraints;

/// <summary>Says whether a value is as a JSON schema says, for the keywords that the tests use; in no hurry.</summary>
internal sealed class SchemaValidator(string schema)
{
    private readonly JsonElement root = JsonDocument.Parse(schema).RootElement;
    private int references;

    public bool IsValid(string json) => IsValid(JsonDocument.Parse(json).RootElement, root);

    private bool IsValid(JsonElement value, JsonElement rule)
    {
        if (rule.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return rule.ValueKind == JsonValueKind.True;
        }

        return rule.EnumerateObject().All(keyword => Holds(value, keyword.Name, keyword.Value, rule));
    }

    private bool Holds(JsonElement value, string keyword, JsonElement argument, JsonElement rule) =>
        keyword switch
        {
            "$ref" => IsValidByReference(value, argument.GetString()!),
            "allOf" => argument.EnumerateArray().All(part => IsValid(value, part)),
            "anyOf" or "oneOf" => argument.EnumerateArray().Any(part => IsValid(value, part)),
            "const" => JsonElement.DeepEquals(value, argument),
            "enum" => argument.EnumerateArray().Any(item => JsonElement.DeepEquals(value, item)),
            "type" => IsNullable(value, rule) || IsOfType(value, argument),
            _ => value.ValueKind switch
            {
                JsonValueKind.Object => HoldsOfObject(value, keyword, argument, rule),
                JsonValueKind.Array => HoldsOfArray(value, keyword, argument, rule),
                JsonValueKind.String => HoldsOfString(value.GetString()!, keyword, argument),
                JsonValueKind.Number => HoldsOfNumber(value, keyword, argument),
                _ => true,
            },
        };

    private static bool IsNullable(JsonElement value, JsonElement rule) =>
        value.ValueKind == JsonValueKind.Null
        && rule.TryGetProperty("nullable", out var nullable)
        && nullable.ValueKind == JsonValueKind.True;

    private static bool IsOfType(JsonElement value, JsonElement argument) =>
        argument.ValueKind == JsonValueKind.Array
            ? argument.EnumerateArray().Any(type => IsOfType(value, type))
            : argument.GetString() switch
            {
                "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() % 1 == 0,
                "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                var name => string.Equals(value.ValueKind.ToString(), name, StringComparison.OrdinalIgnoreCase),
            };

    private bool HoldsOfObject(JsonElement value, string keyword, JsonElement argument, JsonElement rule)
    {
        var names = value.EnumerateObject().Select(member => member.Name).ToList();
        return keyword switch
        {
            "minProperties" => names.ToHashSet(StringComparer.Ordinal).Count >= argument.GetInt32(),
            "maxProperties" => names.ToHashSet(StringComparer.Ordinal).Count <= argument.GetInt32(),
            "required" => argument
                .EnumerateArray()
                .All(name => names.Contains(name.GetString()!, StringComparer.Ordinal)),
            "properties" => names.ToHashSet(StringComparer.Ordinal).Count == names.Count
                && argument
                    .EnumerateObject()
                    .All(p => !value.TryGetProperty(p.Name, out var found) || IsValid(found, p.Value)),
            "additionalProperties" => value
                .EnumerateObject()
                .All(member =>
                    (rule.TryGetProperty("properties", out var listed) && listed.TryGetProperty(member.Name, out _))
                    || IsValid(member.Value, argument)
                ),
            _ => true,
        };
    }

    private bool HoldsOfArray(JsonElement value, string keyword, JsonElement argument, JsonElement rule)
    {
        var skipped = rule.TryGetProperty("prefixItems", out var prefix) ? prefix.GetArrayLength() : 0;
        return keyword switch
        {
            "minItems" => value.GetArrayLength() >= argument.GetInt32(),
            "maxItems" => value.GetArrayLength() <= argument.GetInt32(),
            "prefixItems" => value.EnumerateArray().Zip(argument.EnumerateArray()).All(x => IsValid(x.First, x.Second)),
            "items" => value.EnumerateArray().Skip(skipped).All(item => IsValid(item, argument)),
            _ => true,
        };
    }

    private static bool HoldsOfString(string value, string keyword, JsonElement argument) =>
        keyword switch
        {
            "minLength" => value.EnumerateRunes().Count() >= argument.GetInt32(),
            "maxLength" => value.EnumerateRunes().Count() <= argument.GetInt32(),
            "pattern" => Regex.IsMatch(
                value,
                argument.GetString()!,
                RegexOptions.ExplicitCapture,
                TimeSpan.FromSeconds(10)
            ),
            "format" => IsOfFormat(value, argument.GetString()!),
            _ => true,
        };

    private static bool IsOfFormat(string value, string format) =>
        format switch
        {
            "date" => DateOnly.TryParseExact(
                value,
                "yyyy-MM-dd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out _
            ),
            "date-time" => DateOnly.TryParseExact(
                value[..10],
                "yyyy-MM-dd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out _
            )
                && value[10] == 'T'
                && IsOfFormat(value[11..], "time"),
            "time" => TimeOnly.TryParse(value[..8], CultureInfo.InvariantCulture, out _)
                && Regex.IsMatch(
                    value[8..],
                    @"^(\.\d+)?(Z|[+-]\d\d:\d\d)\z",
                    RegexOptions.ExplicitCapture,
                    TimeSpan.FromSeconds(10)
                ),
            "uuid" => Guid.TryParseExact(value, "D", out _),
            "ipv4" or "ipv6" => IPAddress.TryParse(value, out var address)
                && address.GetAddressBytes().Length == (format is "ipv4" ? 4 : 16),
            "uri" => Uri.TryCreate(value, UriKind.Absolute, out _),
            "hostname" => Uri.CheckHostName(value) != UriHostNameType.Unknown && value.Length <= 253,
            "email" => value.Split('@') is [{ Length: > 0 and <= 64 }, var host] && IsOfFormat(host, "hostname"),
            "duration" => value.Length > 1 && value[0] == 'P' && char.IsLetter(value[^1]),
            _ => false,
        };

    private static bool HoldsOfNumber(JsonElement value, string keyword, JsonElement argument)
    {
        if (!keyword.EndsWith("imum", StringComparison.Ordinal))
        {
            return true;
        }

        // Where the number has more digits than decimals have, the rounded one decides.
        var order =
            value.TryGetDecimal(out var x) && argument.TryGetDecimal(out var y)
                ? x.CompareTo(y)
                : value.GetDouble().CompareTo(argument.GetDouble());
        return keyword switch
        {
            "minimum" => order >= 0,
            "maximum" => order <= 0,
            "exclusiveMinimum" => order > 0,
            _ => order < 0,
        };
    }

    // A schema that leads back to itself without a step into the value says nothing.
    private bool IsValidByReference(JsonElement value, string reference)
    {
        references++;
        var isValid = references < 100 && IsValid(value, Resolve(reference));
        references--;
        return isValid;
    }

    private JsonElement Resolve(string reference) =>
        reference.Split('/').Skip(1).Aggregate(root, (element, name) => element.GetProperty(name));
}
