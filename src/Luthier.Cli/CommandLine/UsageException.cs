namespace Luthier.Cli.CommandLine;

/// <summary>The command line asks for something that can't be done as written; one sentence a problem.</summary>
internal sealed class UsageException : Exception
{
    public UsageException(string problem)
        : this([problem]) { }

    public UsageException(IReadOnlyList<string> problems)
        : base(string.Join('\n', problems)) => Problems = problems;

    public IReadOnlyList<string> Problems { get; }
}
