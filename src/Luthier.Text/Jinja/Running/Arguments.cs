namespace Luthier.Text.Jinja.Running;

/// <summary>What a call passes: values by place, then values by name in the order written.</summary>
internal sealed record Arguments(object?[] Positional, IReadOnlyList<KeyValuePair<string, object?>> Named)
{
    public static Arguments None { get; } = new([], []);

    public static Arguments Of(params object?[] values) => new(values, []);

    /// <summary>The same with a value before the others.</summary>
    public Arguments Prepend(object? value) => new([value, .. Positional], Named);

    public Arguments Skip(int count) => new(Positional[count..], Named);

    public bool TryGetNamed(string name, out object? value)
    {
        foreach (var (key, named) in Named)
        {
            if (string.Equals(key, name, StringComparison.Ordinal))
            {
                value = named;
                return true;
            }
        }

        value = null;
        return false;
    }
}
