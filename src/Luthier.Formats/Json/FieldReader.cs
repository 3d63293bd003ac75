using System.Text.Json;

namespace Luthier.Formats.Json;

/// <summary>Something wrong with a JSON object.</summary>
/// <param name="Field">The field's path; null where it concerns several.</param>
/// <param name="Text">One sentence that names the field, what was found and what was expected.</param>
public readonly record struct FieldProblem(string? Field, string Text);

/// <summary>Reads the fields of a JSON object and collects everything wrong with them, to be reported at once.</summary>
public sealed class FieldReader(JsonField root)
{
    private readonly List<FieldProblem> problems = [];

    private FieldReader(JsonField root, List<FieldProblem> problems)
        : this(root) => this.problems = problems;

    public JsonField Root => root;

    /// <summary>What was wrong so far.</summary>
    public IReadOnlyList<FieldProblem> Problems => problems;

    /// <summary>The value of a field, or the fallback where it is missing, null or wrong.</summary>
    public T Read<T>(string name, T fallback, Func<JsonField, T> read)
    {
        try
        {
            return root.Find(name) is { } field ? read(field) : fallback;
        }
        catch (InvalidFileException exception)
        {
            problems.Add(new FieldProblem(exception.Field, exception.Problem));
            return fallback;
        }
    }

    /// <summary>A reader of an object within, whose problems count as this one's; null where there is none.</summary>
    public FieldReader? Part(string name) =>
        Read(
            name,
            (FieldReader?)null,
            field =>
                field.Kind == JsonValueKind.Object
                    ? new FieldReader(field, problems)
                    : throw field.Expected("an object")
        );

    public int Integer(string name, int fallback, int minimum = 1, int maximum = int.MaxValue) =>
        Read(name, fallback, field => field.AsInt32(minimum, maximum));

    /// <summary>An integer, null where the field says null, or the fallback where it is missing.</summary>
    public int? OptionalInteger(string name, int? fallback = null, int minimum = 0, int maximum = int.MaxValue) =>
        SaysNull(name) ? null : Read(name, fallback, field => (int?)field.AsInt32(minimum, maximum));

    public bool Boolean(string name, bool fallback) => Read(name, fallback, field => field.AsBoolean());

    public string? Text(string name) => Read(name, fallback: (string?)null, field => field.AsString());

    /// <summary>A finite number above zero.</summary>
    public double Positive(string name, double fallback) => Read(name, fallback, AsPositive);

    /// <summary>A finite number above zero, null where the field says null, or the fallback where it is missing.</summary>
    public double? OptionalPositive(string name, double? fallback = null) =>
        SaysNull(name) ? null : Read(name, fallback, field => (double?)AsPositive(field));

    /// <summary>A finite number.</summary>
    public double? OptionalNumber(string name) =>
        Read(
            name,
            fallback: (double?)null,
            field => double.IsFinite(field.AsDouble()) ? field.AsDouble() : throw field.Expected("a finite number")
        );

    /// <summary>One id or a list of ids; empty where there is none.</summary>
    public IReadOnlyList<int> Ids(string name, int? fallback = null) =>
        Read<IReadOnlyList<int>>(
            name,
            fallback is { } id ? [id] : [],
            field =>
                field.Kind == JsonValueKind.Array
                    ? [.. field.Items().Select(item => item.AsInt32())]
                    : [field.AsInt32()]
        );

    /// <summary>Adds a problem that concerns several fields.</summary>
    public void Check(bool holds, string problem)
    {
        if (!holds)
        {
            problems.Add(new FieldProblem(Field: null, problem));
        }
    }

    /// <exception cref="InvalidFileException">Something was wrong: one sentence with all of it.</exception>
    public void ThrowIfInvalid()
    {
        if (problems.Count > 0)
        {
            throw new InvalidFileException(root.Source, string.Join("; ", problems.Select(problem => problem.Text)));
        }
    }

    private bool SaysNull(string name) => root.Has(name) && root.Find(name) is null;

    private static double AsPositive(JsonField field)
    {
        var value = field.AsDouble();
        return double.IsFinite(value) && value > 0 ? value : throw field.Expected("a number above 0");
    }
}
