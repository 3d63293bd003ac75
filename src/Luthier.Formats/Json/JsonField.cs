using System.Text.Json;
using System.Text.Json.Nodes;

namespace Luthier.Formats.Json;

/// <summary>
/// A value of a JSON file together with where it stands, so that every complaint names the file and the field:
/// <c>config.json: field rope_scaling.factor: expected a number, found "abc"</c>.
/// </summary>
public readonly struct JsonField
{
    private const int ShownCharacters = 40;

    private const int NoIndex = -1;

    private readonly JsonElement element;

    // The path is put together when a complaint needs it: a tokenizer's file has some 500,000 fields.
    private readonly string parentPath;
    private readonly string name;
    private readonly int index;

    internal JsonField(string source, JsonElement element)
        : this(source, "", "", NoIndex, element) { }

    private JsonField(string source, string parentPath, string name, int index, JsonElement element)
    {
        Source = source;
        this.parentPath = parentPath;
        this.name = name;
        this.index = index;
        this.element = element;
    }

    /// <summary>The file, as the user named it.</summary>
    public string Source { get; }

    /// <summary>The field's place in the file, such as <c>model.merges[3]</c>; empty for the root.</summary>
    public string Path =>
        index != NoIndex ? $"{parentPath}[{index}]"
        : parentPath.Length == 0 ? name
        : $"{parentPath}.{name}";

    public JsonValueKind Kind => element.ValueKind;

    /// <summary>The value without its place.</summary>
    public JsonElement Element => element;

    public bool IsNull => Kind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>A member that must be there (null counts as there).</summary>
    /// <exception cref="InvalidFileException">This is no object, or has no such member.</exception>
    public JsonField this[string name] =>
        TryGetMember(name, out var member) ? member : throw Missing(Path.Length == 0 ? name : $"{Path}.{name}");

    /// <summary>A member that may be missing or null.</summary>
    /// <exception cref="InvalidFileException">This is no object.</exception>
    public JsonField? Find(string name) => TryGetMember(name, out var member) && !member.IsNull ? member : null;

    /// <summary>Whether there is such a member, even null.</summary>
    public bool Has(string name) => TryGetMember(name, out _);

    public string AsString() => Kind == JsonValueKind.String ? element.GetString()! : throw Expected("a string");

    public bool AsBoolean() =>
        Kind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Expected("true or false"),
        };

    /// <summary>An integer within a range, both ends included.</summary>
    public int AsInt32(int minimum = int.MinValue, int maximum = int.MaxValue) => (int)AsInt64(minimum, maximum);

    /// <inheritdoc cref="AsInt32"/>
    public long AsInt64(long minimum = long.MinValue, long maximum = long.MaxValue)
    {
        if (Kind == JsonValueKind.Number && element.TryGetInt64(out var value) && value >= minimum && value <= maximum)
        {
            return value;
        }

        throw Expected(
            (minimum, maximum) switch
            {
                (long.MinValue or int.MinValue, long.MaxValue or int.MaxValue) => "an integer",
                (_, long.MaxValue or int.MaxValue) => $"an integer of {minimum} or more",
                _ => $"an integer from {minimum} to {maximum}",
            }
        );
    }

    /// <summary>Any number; also Python's NaN and Infinity.</summary>
    public double AsDouble()
    {
        if (Kind == JsonValueKind.Number && element.TryGetDouble(out var value))
        {
            return value;
        }

        return Kind == JsonValueKind.String
            ? element.GetString() switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                _ => throw Expected("a number"),
            }
            : throw Expected("a number");
    }

    /// <summary>A number from <paramref name="minimum"/> to <paramref name="maximum"/>, both included.</summary>
    public double AsDouble(double minimum, double maximum)
    {
        var value = AsDouble();
        return value >= minimum && value <= maximum ? value : throw Expected($"a number from {minimum} to {maximum}");
    }

    /// <summary>The items of a list.</summary>
    public IEnumerable<JsonField> Items()
    {
        if (Kind != JsonValueKind.Array)
        {
            throw Expected("a list");
        }

        return Enumerate(this);

        static IEnumerable<JsonField> Enumerate(JsonField list)
        {
            var path = list.Path;
            var position = 0;
            foreach (var item in list.element.EnumerateArray())
            {
                yield return new JsonField(list.Source, path, "", position++, item);
            }
        }
    }

    /// <summary>Number of items of a list.</summary>
    public int ItemCount => Kind == JsonValueKind.Array ? element.GetArrayLength() : throw Expected("a list");

    /// <summary>Number of members of an object.</summary>
    public int MemberCount => Kind == JsonValueKind.Object ? element.GetPropertyCount() : throw Expected("an object");

    /// <summary>The members of an object, in the file's order.</summary>
    public IEnumerable<KeyValuePair<string, JsonField>> Members()
    {
        if (Kind != JsonValueKind.Object)
        {
            throw Expected("an object");
        }

        return Enumerate(this);

        static IEnumerable<KeyValuePair<string, JsonField>> Enumerate(JsonField list)
        {
            var path = list.Path;
            foreach (var member in list.element.EnumerateObject())
            {
                var key = member.Name;
                yield return new(key, new JsonField(list.Source, path, key, NoIndex, member.Value));
            }
        }
    }

    /// <summary>A copy that can be changed and written again with <see cref="PythonJson"/>.</summary>
    public JsonNode? AsNode() =>
        Kind switch
        {
            JsonValueKind.Object => JsonObject.Create(element),
            JsonValueKind.Array => JsonArray.Create(element),
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            _ => JsonValue.Create(element),
        };

    /// <summary>The complaint that this field is not <paramref name="expectation"/>; for the caller to throw.</summary>
    public InvalidFileException Expected(string expectation) => Invalid($"expected {expectation}, found {Describe()}");

    /// <summary>The complaint that this field has <paramref name="problem"/>; for the caller to throw.</summary>
    public InvalidFileException Invalid(string problem) =>
        Path is { Length: > 0 } path ? new(Source, $"field {path}: {problem}") { Field = path } : new(Source, problem);

    private InvalidFileException Missing(string path) => new(Source, $"field {path} is missing") { Field = path };

    private bool TryGetMember(string name, out JsonField member)
    {
        if (Kind != JsonValueKind.Object)
        {
            throw Expected("an object");
        }

        var found = element.TryGetProperty(name, out var value);
        member = found ? new JsonField(Source, Path, name, NoIndex, value) : default;
        return found;
    }

    /// <summary>Refuses escaped halves of surrogate pairs, on which every later access would stumble.</summary>
    internal void CheckSurrogates()
    {
        try
        {
            switch (Kind)
            {
                case JsonValueKind.String:
                    element.GetString();
                    break;
                case JsonValueKind.Array:
                    foreach (var item in Items())
                    {
                        item.CheckSurrogates();
                    }

                    break;
                case JsonValueKind.Object:
                    foreach (var (_, member) in Members())
                    {
                        member.CheckSurrogates();
                    }

                    break;
            }
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidFileException(Source, $"field {Path}: is not valid Unicode", exception) { Field = Path };
        }
    }

    private string Describe() =>
        Kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.Null or JsonValueKind.Undefined => "null",
            _ when element.GetRawText() is { Length: > ShownCharacters } text => $"{text[..ShownCharacters]}…",
            _ => element.GetRawText(),
        };
}
