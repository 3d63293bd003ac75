using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Reflection;

namespace Luthier.Cli.CommandLine;

/// <summary>
/// The command line as a whole: (1) names are brought into one form, (2) parsed, (3) help and version answered,
/// (4) all problems reported at once, (5) the verb run, (6) a failure put into one sentence.
/// </summary>
internal sealed class Application
{
    private readonly Terminal terminal;
    private readonly GlobalOptions global;
    private readonly RootCommand root;
    private readonly HelpOption help;
    private readonly VersionOption version;

    public Application(Terminal terminal, Func<string, string?> environment)
    {
        this.terminal = terminal;
        global = new GlobalOptions(environment);
        root = new RootCommand("Tune and run open language models: one executable, on the CPU.");
        help = root.Options.OfType<HelpOption>().Single();
        version = root.Options.OfType<VersionOption>().Single();
        foreach (var option in global.All)
        {
            root.Options.Add(option);
        }

        foreach (var verb in Verbs.Roots())
        {
            root.Subcommands.Add(verb);
        }
    }

    public int Run(string[] arguments, StopSignals signals)
    {
        var command = "luthier";
        var verbose = false;
        try
        {
            // (1)
            var (tokens, problems) = ArgumentReader.Read(root, arguments);

            // (2)
            var parsed = root.Parse(
                tokens,
                new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null }
            );
            var named = parsed.CommandResult.Command;
            var verb = named as Verb;
            command = named == root ? command : $"luthier {Verb.PathOf(named)}";

            // (3)
            if (parsed.GetResult(help) is { Implicit: false } || (arguments.Length == 0 && verb is null))
            {
                return WriteHelp(named);
            }

            if (verb is null && parsed.GetResult(version) is { Implicit: false })
            {
                terminal.Out.WriteLine($"luthier {Version()}");
                return ExitCode.Success;
            }

            // (4)
            var host = global.Read(parsed, problems);
            verbose = host.Verbose;
            var invocation = new Invocation(parsed, host, terminal, signals);
            problems.AddRange(Problems(parsed, verb, invocation));
            if (problems.Count > 0 || verb is null)
            {
                return FailureReport.WriteUsage(
                    terminal.Error,
                    command,
                    problems.DefaultIfEmpty($"a verb is missing; see {command} --help")
                );
            }

            // (5)
            var code = verb.Run(invocation, signals.Token);
            terminal.Out.Flush();
            return code;
        }
#pragma warning disable CA1031 // (6) The last place that can say what happened.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            terminal.Out.Flush();
            return FailureReport.Write(terminal.Error, command, failure, verbose);
        }
    }

    private static IEnumerable<string> Problems(ParseResult parsed, Verb? verb, Invocation invocation)
    {
        foreach (var error in parsed.Errors)
        {
            if (error.SymbolResult is OptionResult or ArgumentResult { Parent: OptionResult })
            {
                yield return Describe(error);
            }
        }

        if (verb is null)
        {
            yield break;
        }

        foreach (var option in verb.Required.Where(o => !invocation.IsGiven(o)))
        {
            yield return $"{option.Name} is required: {option.Description}";
        }

        foreach (var problem in verb.Check(invocation))
        {
            yield return problem;
        }
    }

    // The parser's own messages are about arity; ours come as they are.
    private static string Describe(ParseError error)
    {
        var result = error.SymbolResult as OptionResult ?? (OptionResult)error.SymbolResult!.Parent!;
        var option = result.Option;
        return result switch
        {
            { Tokens.Count: 0 } when option.Arity.MinimumNumberOfValues > 0 =>
                $"{option.Name} needs a value: {option.HelpName}",
            { IdentifierTokenCount: > 1 } when option.Arity.MaximumNumberOfValues <= 1 =>
                $"{option.Name} is given more than once",
            _ => error.Message,
        };
    }

    private static string Version() =>
        typeof(Application).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private int WriteHelp(Command command)
    {
        var writer = new HelpWriter(terminal.Out, Terminal.Width);
        switch (command)
        {
            case Verb verb:
                writer.WriteVerb(verb, global);
                break;
            case VerbGroup group:
                writer.WriteGroup(group);
                break;
            default:
                writer.WriteRoot(root, global);
                break;
        }

        return ExitCode.Success;
    }
}
