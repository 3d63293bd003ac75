namespace Luthier.Text.Jinja.Values;

/// <summary>Stands where there is no value at all: a variable not set, an argument not given. Templates never see it.</summary>
internal sealed class Missing
{
    public static readonly Missing Value = new();

    private Missing() { }
}
