namespace Luthier.Benchmarks;

/// <summary>Options of the form <c>--name value</c>.</summary>
internal static class Options
{
    public static Dictionary<string, string> Read(string[] options)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < options.Length; i += 2)
        {
            values[options[i]] = options[i + 1];
        }

        return values;
    }
}
