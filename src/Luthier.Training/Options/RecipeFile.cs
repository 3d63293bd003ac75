using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Luthier.Training.Options;

/// <summary>A recipe: options as a YAML mapping of names to values.</summary>
public static class RecipeFile
{
    /// <summary>The values of the file, each with its line; relative paths stay relative to the working folder.</summary>
    /// <exception cref="InvalidOptionsException">The file can't be read or is no mapping.</exception>
    public static IReadOnlyList<OptionValue> Read(string path)
    {
        var root = Load(path);
        List<OptionValue> values = [];
        List<string> errors = [];
        Dictionary<string, long> lines = new(StringComparer.Ordinal);
        foreach (var (key, value) in root.Children)
        {
            var source = $"{path} line {key.Start.Line}";
            if (key is not YamlScalarNode { Value: { } name })
            {
                errors.Add($"{source}: expected the name of an option");
                continue;
            }

            if (!lines.TryAdd(name.Replace('_', '-'), key.Start.Line))
            {
                errors.Add($"{source}: {name} was given before, at line {lines[name.Replace('_', '-')]}");
                continue;
            }

            if (!TryText(value, out var text))
            {
                errors.Add($"{source}: {name}: expected one value or a list of values");
            }
            else if (text is not null)
            {
                values.Add(new OptionValue(name, text, source));
            }
        }

        return errors.Count == 0 ? values : throw new InvalidOptionsException(errors);
    }

    private static YamlMappingNode Load(string path)
    {
        YamlStream stream = [];
        try
        {
            using var reader = File.OpenText(path);
            stream.Load(reader);
        }
        catch (YamlException exception)
        {
            var line = exception.Start.Line;
            throw new InvalidOptionsException([
                $"{path} line {line}: not YAML: {exception.Message.ReplaceLineEndings(" ")}",
            ]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOptionsException([$"{path}: can't be read: {exception.Message}"]);
        }

        return stream.Documents switch
        {
            [{ RootNode: YamlMappingNode mapping }] => mapping,
            [] => [],
            [{ RootNode: YamlScalarNode { Value: null or "" } }] => [],
            _ => throw new InvalidOptionsException([$"{path}: expected one mapping of option names to values"]),
        };
    }

    // A key without a value leaves the default, so that a template of a recipe can list every option.
    private static bool TryText(YamlNode node, out string? text)
    {
        text = null;
        if (node is YamlScalarNode scalar)
        {
            var plain = scalar.Style == ScalarStyle.Plain;
            text = plain && scalar.Value is null or "" or "~" or "null" ? null : scalar.Value;
            return true;
        }

        if (node is not YamlSequenceNode list || list.Children.Any(item => item is not YamlScalarNode))
        {
            return false;
        }

        text = string.Join(',', list.Children.Select(item => ((YamlScalarNode)item).Value));
        return true;
    }
}
