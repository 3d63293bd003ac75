using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Formats.Json;
using Luthier.Generation.Constraints;
using Luthier.Generation.Engine;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Fields;

/// <summary>What a text must be, as a request says it.</summary>
/// <param name="Field">The field that says so.</param>
/// <param name="Compile">Makes the constraint.</param>
internal sealed record ConstraintRequest(string Field, Func<ConstraintCompiler, CompiledConstraint> Compile)
{
    /// <summary>
    /// Puts the constraint on a request. Compiling can take seconds: only a few do so at a time, so that other requests go
    /// on.
    /// </summary>
    /// <exception cref="ApiException">It is not valid, too large, or uses what is not supported.</exception>
    public async Task<GenerationRequest> ApplyAsync(
        GenerationRequest request,
        ServedModel model,
        CancellationToken cancellation
    )
    {
        await model.Compiling.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return request with
            {
                Options = request.Options with
                {
                    Constraint = Compile(model.Constraints),
                    // Nothing may follow a text that is complete.
                    StopTokens = [.. request.Options.StopTokens.Union(model.Generation.EndOfSequence)],
                },
            };
        }
        catch (InvalidConstraintException exception)
        {
            throw new ApiException(ApiError.BadRequest($"field {Field}: {exception.Message}", Field));
        }
        finally
        {
            model.Compiling.Release();
        }
    }
}

/// <summary>
/// The fields that constrain a text: <c>response_format</c> as OpenAI has it, <c>structured_outputs</c> and the older
/// <c>guided_…</c> as vLLM has them. At most one may be given.
/// </summary>
internal static class ConstraintFields
{
    public static ConstraintRequest? Read(FieldReader body)
    {
        var found = new List<ConstraintRequest>();
        Add(body.Read("response_format", (ConstraintRequest?)null, ReadFormat));
        if (body.Part("structured_outputs") is { } part)
        {
            ReadKinds(part, "structured_outputs.", "");
        }

        ReadKinds(body, "", "guided_");
        body.Check(
            found.Count <= 1,
            $"fields {string.Join(" and ", found.Select(request => request.Field))} exclude each other"
        );
        return found.FirstOrDefault();

        void Add(ConstraintRequest? request)
        {
            if (request is not null)
            {
                found.Add(request);
            }
        }

        void ReadKinds(FieldReader fields, string path, string prefix)
        {
            fields.RefuseIfSet(prefix + "structural_tag");
            Add(fields.Read(prefix + "json", (ConstraintRequest?)null, ReadSchema));
            Add(fields.Read(prefix + "regex", (ConstraintRequest?)null, ReadRegex));
            Add(fields.Read(prefix + "grammar", (ConstraintRequest?)null, ReadGrammar));
            Add(fields.Read(prefix + "choice", (ConstraintRequest?)null, ReadChoice));
            if (fields.Boolean(prefix + "json_object", fallback: false))
            {
                Add(new ConstraintRequest($"{path}{prefix}json_object", compiler => compiler.JsonObject()));
            }
        }
    }

    private static ConstraintRequest? ReadFormat(JsonField field)
    {
        var type = field["type"];
        return type.AsString() switch
        {
            "text" => null,
            "json_object" => new ConstraintRequest(field.Path, compiler => compiler.JsonObject()),
            "json_schema" => ReadSchema(field["json_schema"]["schema"]),
            _ => throw type.Expected("text, json_object or json_schema"),
        };
    }

    /// <summary>A schema, or the text of one.</summary>
    private static ConstraintRequest ReadSchema(JsonField field)
    {
        var text = field.Kind switch
        {
            JsonValueKind.String => field.AsString(),
            JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False => TextOf(field.AsNode()!),
            _ => throw field.Expected("a JSON schema"),
        };
        return new ConstraintRequest(field.Path, compiler => compiler.JsonSchema(text));
    }

    private static ConstraintRequest ReadRegex(JsonField field)
    {
        var pattern = field.AsString();
        return new ConstraintRequest(field.Path, compiler => compiler.Regex(pattern));
    }

    private static ConstraintRequest ReadGrammar(JsonField field)
    {
        var grammar = field.AsString();
        return new ConstraintRequest(field.Path, compiler => compiler.Grammar(grammar));
    }

    private static ConstraintRequest ReadChoice(JsonField field)
    {
        var choices = field.Items().Select(item => item.AsString()).ToArray();
        return new ConstraintRequest(field.Path, compiler => compiler.Choice(choices));
    }

    private static string TextOf(JsonNode node) => node.ToJsonString(ResponseJson.Plain);
}
