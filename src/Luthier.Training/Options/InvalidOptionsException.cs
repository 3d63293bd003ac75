namespace Luthier.Training.Options;

/// <summary>Options are wrong; the message holds every problem found, a line each.</summary>
public sealed class InvalidOptionsException : Exception
{
    /// <param name="errors">One sentence a problem, which names the option.</param>
    public InvalidOptionsException(IReadOnlyList<string> errors)
        : base(string.Join('\n', errors)) => Errors = errors;

    /// <summary>One sentence a problem.</summary>
    public IReadOnlyList<string> Errors { get; }
}
