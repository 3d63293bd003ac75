using System.Text.Json.Nodes;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Chat.Tools;

/// <summary>
/// JSON schemas that leave the model no choice but to call: a list of <c>{"name": …, "parameters": …}</c>, or the
/// arguments of one function alone.
/// </summary>
internal static class ForcedCalls
{
    private const string Reference = "$ref";
    private const string Definitions = "$defs";

    /// <summary>Of calls to any of the functions, at least one.</summary>
    /// <param name="functions">The functions.</param>
    /// <param name="several">Whether there may be more than one.</param>
    public static string ListSchema(IReadOnlyList<ToolFunction> functions, bool several)
    {
        var definitions = new JsonObject();
        var calls = new JsonArray();
        for (var i = 0; i < functions.Count; i++)
        {
            // Each schema keeps a place of its own, so that what it refers to within itself is found.
            var place = $"f{i}";
            definitions[place] = Move(ParametersOf(functions[i]), $"#/{Definitions}/{place}");
            calls.Add((JsonNode)CallSchema(functions[i].Name, $"#/{Definitions}/{place}"));
        }

        var schema = new JsonObject
        {
            ["type"] = "array",
            ["minItems"] = 1,
            ["items"] = new JsonObject { ["anyOf"] = calls },
            [Definitions] = definitions,
        };
        if (!several)
        {
            schema["maxItems"] = 1;
        }

        return schema.ToJsonString(ResponseJson.Plain);
    }

    /// <summary>Of the arguments of a function.</summary>
    public static string ArgumentsSchema(ToolFunction function) =>
        ParametersOf(function).ToJsonString(ResponseJson.Plain);

    private static JsonNode ParametersOf(ToolFunction function) =>
        function.Parameters?.DeepClone() ?? new JsonObject { ["type"] = "object" };

    private static JsonObject CallSchema(string name, string parameters) =>
        new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["name"] = new JsonObject { ["const"] = name },
                ["parameters"] = new JsonObject { [Reference] = parameters },
            },
            ["required"] = new JsonArray("name", "parameters"),
            ["additionalProperties"] = false,
        };

    /// <summary>The schema with its references to itself pointing to where it is moved.</summary>
    private static JsonNode Move(JsonNode schema, string place)
    {
        switch (schema)
        {
            case JsonObject members:
                foreach (var (name, value) in members.ToArray())
                {
                    if (name is Reference && value is JsonValue text && (string?)text is ['#', ..] target)
                    {
                        members[name] = place + target[1..];
                    }
                    else if (value is not null)
                    {
                        Move(value, place);
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    if (item is not null)
                    {
                        Move(item, place);
                    }
                }

                break;
        }

        return schema;
    }
}
