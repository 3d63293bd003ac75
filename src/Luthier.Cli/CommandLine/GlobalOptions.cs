using System.CommandLine;
using Luthier.Tensors.Assembly;

namespace Luthier.Cli.CommandLine;

/// <summary>Options of every verb, and the environment variables that stand in for them.</summary>
internal sealed class GlobalOptions(Func<string, string?> environment)
{
    public const string InstructionSetVariable = "LUTHIER_ISA";
    private const string ThreadsVariable = "LUTHIER_THREADS";
    private const int MostThreads = 1024;

    public Option<int?> Threads { get; } =
        Recursive(
            OptionOf.OptionalInteger("--threads", "Threads to compute with (default: all cores)", 1, MostThreads)
        );

    public Option<bool> Verbose { get; } = Recursive(OptionOf.Switch("--verbose", "Show where a failure comes from"));

    public IReadOnlyList<Option> All => [Threads, Verbose];

    /// <summary>The settings; adds what is wrong with the environment to the problems.</summary>
    public HostSettings Read(ParseResult parsed, List<string> problems)
    {
        var threads =
            parsed.GetResult(Threads) is { Errors: var errors } && !errors.Any() ? parsed.GetValue(Threads) : null;
        return new HostSettings(
            threads ?? ReadThreads(problems) ?? Environment.ProcessorCount,
            ReadInstructionSet(problems),
            parsed.GetResult(Verbose) is { Implicit: false }
        );
    }

    private static Option<T> Recursive<T>(Option<T> option)
    {
        option.Recursive = true;
        return option;
    }

    private int? ReadThreads(List<string> problems)
    {
        var text = environment(ThreadsVariable);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (OptionOf.TryInteger(text, out var threads) && threads is >= 1 and <= MostThreads)
        {
            return (int)threads;
        }

        problems.Add($"{ThreadsVariable} is '{text}'; expected a whole number from 1 to {MostThreads}");
        return null;
    }

    private Isa? ReadInstructionSet(List<string> problems)
    {
        var text = environment(InstructionSetVariable);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        foreach (var isa in Enum.GetValues<Isa>())
        {
            if (string.Equals(isa.Name(), text, StringComparison.OrdinalIgnoreCase))
            {
                return isa;
            }
        }

        var names = string.Join(", ", Enum.GetValues<Isa>().Reverse().Select(isa => isa.Name()));
        problems.Add($"{InstructionSetVariable} is '{text}'; expected one of {names}");
        return null;
    }
}
