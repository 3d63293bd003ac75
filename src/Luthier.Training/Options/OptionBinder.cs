namespace Luthier.Training.Options;

/// <summary>A value for an option, as text, and where it was written.</summary>
/// <param name="Name">Kebab-case or underscores, without dashes before it.</param>
/// <param name="Text">What was written.</param>
/// <param name="Source">Begins an error's sentence, such as <c>recipe.yaml line 3</c>; null for the command line.</param>
public readonly record struct OptionValue(string Name, string Text, string? Source = null);

/// <summary>Makes options from what was written, later values over earlier ones, and reports all problems at once.</summary>
public static class OptionBinder
{
    /// <summary>Options from values alone, with defaults for the rest.</summary>
    /// <exception cref="InvalidOptionsException">Names or values are wrong, or options do not fit together.</exception>
    public static TuneOptions Bind(IEnumerable<OptionValue> values)
    {
        HashSet<string> given = new(StringComparer.Ordinal);
        var options = new TuneOptions { Given = given };
        List<string> errors = [];
        foreach (var value in values)
        {
            var prefix = value.Source is null ? "" : $"{value.Source}: ";
            if (TuneOption.Find(value.Name) is not { } option)
            {
                var near = Suggestion.For(value.Name.Replace('_', '-'), TuneOption.All.Select(o => o.Name));
                errors.Add($"{prefix}unknown option '{value.Name}'{near}");
            }
            else if (option.Set(options, value.Text) is { } problem)
            {
                errors.Add(value.Source is null ? $"--{option.Name}: {problem}" : $"{prefix}{option.Name}: {problem}");
            }
            else
            {
                given.Add(option.Name);
            }
        }

        // Rules between options would only repeat what a value that was refused has caused.
        errors.AddRange(errors.Count == 0 ? OptionRules.Check(options) : OptionRules.CheckEach(options));

        return errors.Count == 0 ? options : throw new InvalidOptionsException(errors);
    }

    /// <summary>Options from a recipe file (null: none) with the values of the command line over it.</summary>
    /// <exception cref="InvalidOptionsException">As <see cref="Bind(IEnumerable{OptionValue})"/>.</exception>
    public static TuneOptions Bind(string? recipePath, IEnumerable<OptionValue> overrides) =>
        Bind(recipePath is null ? overrides : RecipeFile.Read(recipePath).Concat(overrides));
}
