namespace Luthier.Training.Options;

/// <summary>
/// Makes a property of <see cref="TuneOptions"/> an option: its name in kebab-case is the flag and the key of a recipe
/// file, and its initial value the default.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string description) : Attribute
{
    /// <summary>One sentence for the help.</summary>
    public string Description { get; } = description;

    /// <summary>Smallest number allowed.</summary>
    public double Minimum { get; init; } = double.NegativeInfinity;

    /// <summary>Largest number allowed.</summary>
    public double Maximum { get; init; } = double.PositiveInfinity;

    /// <summary>Numbers must lie above <see cref="Minimum"/>, not on it.</summary>
    public bool AboveMinimum { get; init; }

    /// <summary>Numbers must lie below <see cref="Maximum"/>, not on it.</summary>
    public bool BelowMaximum { get; init; }
}
