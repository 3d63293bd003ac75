using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Formats.Json;
using Luthier.Serving.Fields;

namespace Luthier.Serving.Chat.Tools;

/// <summary>Whether the model calls a tool.</summary>
internal enum ToolMode
{
    /// <summary>It answers with text.</summary>
    None = 0,

    /// <summary>As it likes.</summary>
    Auto,

    /// <summary>It calls one or more.</summary>
    Required,

    /// <summary>It calls the one that the request names.</summary>
    Named,
}

/// <summary>A function that the model may call.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Parameters">The JSON schema of its arguments; null: any object.</param>
internal sealed record ToolFunction(string Name, JsonNode? Parameters);

/// <summary>The fields <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>.</summary>
internal sealed record ToolFields
{
    private const int MaxTools = 128;
    private const int MaxNameLength = 64;

    public ToolMode Mode { get; private init; }

    /// <summary>The tools as the template gets them; null where the model is not to know of any.</summary>
    public JsonElement? Definitions { get; private init; }

    public IReadOnlyList<ToolFunction> Functions { get; private init; } = [];

    /// <summary>The function that is to be called, where the request names one.</summary>
    public ToolFunction? Named { get; private init; }

    /// <summary>Whether there may be several calls.</summary>
    public bool Parallel { get; private init; }

    /// <summary>What forces the call that the request asks for; null: nothing does.</summary>
    public ConstraintRequest? Constraint =>
        Mode switch
        {
            ToolMode.Required => Force(ForcedCalls.ListSchema(Functions, Parallel)),
            ToolMode.Named => Force(ForcedCalls.ArgumentsSchema(Named!)),
            _ => null,
        };

    /// <summary>Adds what is wrong to the body's problems.</summary>
    public static ToolFields Read(FieldReader body)
    {
        var functions = body.Read("tools", (IReadOnlyList<ToolFunction>)[], ReadTools);
        var fallback = functions.Count > 0 ? ToolMode.Auto : ToolMode.None;
        var (mode, name) = body.Read("tool_choice", (fallback, null), ReadChoice);
        body.Check(functions.Count > 0 || mode == ToolMode.None, "field tool_choice: needs tools");
        var named = functions.FirstOrDefault(f => string.Equals(f.Name, name, StringComparison.Ordinal));
        body.Check(
            name is null || functions.Count == 0 || named is not null,
            $"field tool_choice: there is no tool '{name}'"
        );
        return new ToolFields
        {
            Mode = mode,
            Definitions = mode == ToolMode.None ? null : body.Root.Find("tools")?.Element,
            Functions = functions,
            Named = named,
            Parallel = body.Boolean("parallel_tool_calls", fallback: true),
        };
    }

    private static ConstraintRequest Force(string schema) => new("tools", compiler => compiler.JsonSchema(schema));

    private static List<ToolFunction> ReadTools(JsonField field)
    {
        if (field.ItemCount > MaxTools)
        {
            throw field.Invalid($"has {field.ItemCount} tools, expected at most {MaxTools}");
        }

        var functions = new List<ToolFunction>();
        foreach (var item in field.Items())
        {
            var type = item.Find("type");
            if (type is { } given && !string.Equals(given.AsString(), "function", StringComparison.Ordinal))
            {
                throw given.Expected("function");
            }

            var function = ReadFunction(item["function"]);
            functions.Add(
                functions.Exists(other => string.Equals(other.Name, function.Name, StringComparison.Ordinal))
                    ? throw item.Invalid($"there is a tool '{function.Name}' already")
                    : function
            );
        }

        return functions;
    }

    private static ToolFunction ReadFunction(JsonField field)
    {
        var name = field["name"];
        var isName =
            name.AsString() is { Length: > 0 and <= MaxNameLength } text
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
        if (!isName)
        {
            throw name.Expected($"1 to {MaxNameLength} letters, digits and _ - .");
        }

        field.Find("description")?.AsString();
        return field.Find("parameters") switch
        {
            null => new ToolFunction(name.AsString(), Parameters: null),
            { Kind: JsonValueKind.Object } schema => new ToolFunction(name.AsString(), schema.AsNode()),
            { } other => throw other.Expected("a JSON schema, an object"),
        };
    }

    private static (ToolMode Mode, string? Name) ReadChoice(JsonField field)
    {
        if (field.Kind == JsonValueKind.Object)
        {
            var type = field["type"];
            return type.AsString() is "function"
                ? (ToolMode.Named, field["function"]["name"].AsString())
                : throw type.Expected("function");
        }

        return field.AsString() switch
        {
            "none" => (ToolMode.None, null),
            "auto" => (ToolMode.Auto, null),
            "required" => (ToolMode.Required, null),
            _ => throw field.Expected("none, auto, required, or an object that names a function"),
        };
    }
}
