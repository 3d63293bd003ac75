using System.CommandLine;

namespace Luthier.Cli.CommandLine;

/// <summary>One run of a verb: the values of its options, and where it reads and writes.</summary>
internal sealed class Invocation(ParseResult parsed, HostSettings host, Terminal terminal, StopSignals signals)
{
    public HostSettings Host => host;

    public Terminal Terminal => terminal;

    public StopSignals Signals => signals;

    public TextWriter Out => terminal.Out;

    /// <summary>The value given, else the default; the default too where what was given can't be read.</summary>
    public T? Get<T>(Option<T> option)
    {
        if (parsed.GetResult(option) is not { } result || result.Errors.Any())
        {
            return option.HasDefaultValue ? (T?)option.GetDefaultValue() : default;
        }

        return parsed.GetValue(option);
    }

    /// <summary>The value of an option that the verb requires.</summary>
    public string Require(Option<string?> option) =>
        Get(option) ?? throw new UsageException($"{option.Name} is required");

    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>Whether the user gave the option, rather than leaving it at its default.</summary>
    public bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };
}
