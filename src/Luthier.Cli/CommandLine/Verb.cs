using System.CommandLine;

namespace Luthier.Cli.CommandLine;

/// <summary>A command that a user might type, and what it is for.</summary>
internal sealed record Example(string Purpose, string CommandLine);

/// <summary>Options that belong together, under a title of the help.</summary>
internal sealed record OptionGroup(string Title, IReadOnlyList<Option> Options);

/// <summary>Verbs that go by one word in front of theirs, such as <c>bench</c>.</summary>
internal sealed class VerbGroup : Command
{
    public VerbGroup(string name, string summary, params IReadOnlyList<Verb> verbs)
        : base(name, summary)
    {
        foreach (var verb in verbs)
        {
            Subcommands.Add(verb);
        }
    }
}

/// <summary>One verb of the command line: declares its options, checks them, and runs.</summary>
internal abstract class Verb : Command
{
    private readonly List<OptionGroup> groups = [];
    private readonly List<Option> required = [];

    protected Verb(string name, string summary)
        : base(name, summary) { }

    /// <summary>What a user types for it, with the word of its group in front.</summary>
    public string Words => PathOf(this);

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

    /// <summary>The words that lead to a command, without the executable's name.</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<VerbGroup>().SingleOrDefault() is { } group
            ? $"{group.Name} {command.Name}"
            : command.Name;

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
