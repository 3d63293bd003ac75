using System.CommandLine;

namespace Luthier.Cli.CommandLine;

/// <summary>A command that a user might type, and what it is for.</summary>
internal sealed record Example(string Purpose, string CommandLine);

/// <summary>Options that belong together, under a title of the help.</summary>
internal sealed record OptionGroup(string Title, IReadOnlyList<Option> Options);

/// <summary>One verb of the command line: declares its options, checks them, and runs.</summary>
internal abstract class Verb : Command
{
    private readonly List<OptionGroup> groups = [];
    private readonly List<Option> required = [];

    protected Verb(string name, string summary)
        : base(name, summary) { }

    public IReadOnlyList<OptionGroup> Groups => groups;

    public IReadOnlyList<Option> Required => required;

    /// <summary>Options to show in the usage line where none is required as such.</summary>
    public virtual IReadOnlyList<Option> UsageOptions => [];

    public abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>
    /// Problems that show only when options are seen together, one sentence each. Called even when single options are
    /// wrong (those read as their defaults), so that a user learns everything at once.
    /// </summary>
    public virtual IEnumerable<string> Check(Invocation invocation) => [];

    /// <summary>Does the work and returns the exit code.</summary>
    public abstract int Run(Invocation invocation, CancellationToken cancellation);

    protected void AddGroup(string title, params IReadOnlyList<Option> options)
    {
        groups.Add(new OptionGroup(title, options));
        foreach (var option in options)
        {
            Options.Add(option);
        }
    }

    /// <summary>Options without which the verb can't run.</summary>
    protected void Require(params IReadOnlyList<Option> options) => required.AddRange(options);
}
