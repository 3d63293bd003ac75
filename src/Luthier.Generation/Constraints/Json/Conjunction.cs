using System.Text.Json;

namespace Luthier.Generation.Constraints.Json;

/// <summary>
/// Schemas that all hold of a value: the ones that say something by themselves, with what $ref and allOf lead to, and the
/// lists of alternatives of which one must hold too.
/// </summary>
internal sealed class Conjunction
{
    /// <summary>So many schemas may lead on to each other by $ref and allOf.</summary>
    private const int MaximumReferences = 256;

    private readonly SchemaNode root;
    private readonly IReadOnlyList<string> owners;
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly List<string> path = [];

    private Conjunction(SchemaNode root, IReadOnlyList<string> owners) => (this.root, this.owners) = (root, owners);

    /// <summary>Schemas without regard to their $ref, allOf, anyOf and oneOf.</summary>
    public List<SchemaNode> Plain { get; } = [];

    /// <summary>Lists of alternatives.</summary>
    public List<Alternatives> Groups { get; } = [];

    /// <summary>Whether one of the schemas is false, or nothing but itself.</summary>
    public bool IsNever { get; private set; }

    public static Conjunction Of(SchemaNode root, Terms terms)
    {
        var conjunction = new Conjunction(root, terms.Owners);
        conjunction.Plain.AddRange(terms.Plain);
        conjunction.seen.UnionWith(terms.Plain.Select(node => node.Pointer));
        conjunction.Groups.AddRange(terms.Groups);
        foreach (var node in terms.Whole)
        {
            conjunction.Add(node);
        }

        return conjunction;
    }

    private void Add(SchemaNode node)
    {
        if (path.Contains(node.Pointer, StringComparer.Ordinal) || path.Count == MaximumReferences)
        {
            throw node.Problem(
                $"$ref leads back to itself, or on for more than {MaximumReferences} times, expected a schema"
            );
        }

        // An alternative that asks for the schema whose alternative it is says nothing.
        IsNever |= owners.Contains(node.Pointer, StringComparer.Ordinal);
        if (!seen.Add(node.Pointer))
        {
            return;
        }

        if (node.Kind is JsonValueKind.True or JsonValueKind.False)
        {
            IsNever |= node.Kind == JsonValueKind.False;
            return;
        }

        path.Add(node.Pointer);
        AddParts(node);
        path.RemoveAt(path.Count - 1);
    }

    private void AddParts(SchemaNode node)
    {
        SchemaKeywords.Check(node);
        if (node.Text("$ref") is { } reference)
        {
            Add(Resolve(node, reference));
        }

        foreach (var part in node.Find("allOf")?.Elements("an array of schemas") ?? [])
        {
            Add(part);
        }

        // What a schema builds on has its properties first.
        Plain.Add(node);
        foreach (var keyword in (ReadOnlySpan<string>)["anyOf", "oneOf"])
        {
            if (node.Find(keyword) is { } group)
            {
                Groups.Add(new Alternatives(group, [.. owners, node.Pointer]));
            }
        }
    }

    private SchemaNode Resolve(SchemaNode node, string reference)
    {
        if (!reference.StartsWith('#') || (reference.Length > 1 && reference[1] != '/'))
        {
            throw node.Problem($"$ref is '{reference}', expected a place in this schema such as #/$defs/name");
        }

        var found = root;
        foreach (var part in reference.Split('/').Skip(1))
        {
            var name = Uri.UnescapeDataString(part)
                .Replace("~1", "/", StringComparison.Ordinal)
                .Replace("~0", "~", StringComparison.Ordinal);
            found = (
                found.Kind == JsonValueKind.Array
                    ? int.TryParse(name, out var index)
                        ? found.Elements("an array").ElementAtOrDefault(index)
                        : default
                    : found.Find(name)
            )
                is { Pointer: not null } next
                ? next
                : throw node.Problem($"$ref is '{reference}', which is not in this schema");
        }

        return found;
    }
}

/// <summary>Schemas of which one holds.</summary>
/// <param name="Owners">The schemas whose alternatives they are.</param>
internal readonly record struct Alternatives(SchemaNode Node, IReadOnlyList<string> Owners);

/// <summary>What is known of a value so far.</summary>
/// <param name="Whole">Schemas that hold.</param>
/// <param name="Owners">The schemas whose alternatives the whole ones are.</param>
/// <param name="Plain">Schemas that hold, but for their $ref, allOf, anyOf and oneOf.</param>
/// <param name="Groups">Lists of schemas of which one holds.</param>
internal sealed record Terms(
    IReadOnlyList<SchemaNode> Whole,
    IReadOnlyList<string> Owners,
    IReadOnlyList<SchemaNode> Plain,
    IReadOnlyList<Alternatives> Groups
)
{
    /// <summary>Equal for equal terms.</summary>
    public string Key =>
        string.Join(
            ' ',
            Whole
                .Select(node => "w" + node.Pointer)
                .Concat(Owners.Select(owner => "o" + owner))
                .Concat(Plain.Select(node => "p" + node.Pointer))
                .Concat(Groups.Select(group => $"g{group.Node.Pointer}({string.Join(',', group.Owners)})"))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
        );
}
