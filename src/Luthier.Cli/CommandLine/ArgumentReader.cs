using System.CommandLine;
using Luthier.Training.Options;

namespace Luthier.Cli.CommandLine;

/// <summary>
/// Turns what the user typed into what the parser knows, before it parses:
/// <list type="number">
/// <item>an option with underscores becomes the one with hyphens (<c>--base_model</c>),</item>
/// <item>a switch's value joins it (<c>--x yes</c> becomes <c>--x=true</c>, <c>--no-x</c> <c>--x=false</c>),</item>
/// <item><c>key=value</c> becomes <c>--key=value</c> for a verb that takes options only,</item>
/// <item>whatever is none of the verb's options is a problem, with the nearest name.</item>
/// </list>
/// </summary>
internal sealed class ArgumentReader
{
    private readonly RootCommand root;
    private readonly List<string> tokens = [];
    private readonly List<string> problems = [];
    private readonly string[] arguments;
    private Command command;
    private int next;

    private ArgumentReader(RootCommand root, string[] arguments)
    {
        this.root = root;
        this.arguments = arguments;
        command = root;
    }

    /// <summary>The tokens for the parser, and one sentence for each that no verb takes.</summary>
    public static (List<string> Tokens, List<string> Problems) Read(RootCommand root, string[] arguments)
    {
        if (arguments is ["help", .. var rest])
        {
            arguments = [.. rest, "--help"];
        }

        var reader = new ArgumentReader(root, arguments);
        reader.ReadAll();
        return (reader.tokens, reader.problems);
    }

    private void ReadAll()
    {
        while (next < arguments.Length)
        {
            var argument = arguments[next++];
            if (string.Equals(argument, "--", StringComparison.Ordinal))
            {
                tokens.AddRange(arguments.AsSpan(next - 1));
                return;
            }

            if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                ReadOption(argument);
            }
            else if (command.Subcommands.Count > 0 && !argument.StartsWith('-'))
            {
                ReadVerb(argument);
            }
            else
            {
                ReadOther(argument);
            }
        }
    }

    private void ReadOption(string argument)
    {
        var (name, value) = Split(argument);
        if (Find(name) is Option<bool> flag)
        {
            AddSwitch(flag, value);
        }
        else if (Find(name) is { } option)
        {
            tokens.Add(option.Name + value);
            if (value.Length == 0 && option.Arity.MinimumNumberOfValues > 0)
            {
                CopyValues(option);
            }
        }
        else if (name.StartsWith("--no-", StringComparison.Ordinal) && Find("--" + name[5..]) is Option<bool> turnedOff)
        {
            tokens.Add(turnedOff.Name + "=false");
        }
        else
        {
            problems.Add($"{argument.Split('=')[0]} is not an option{Suggestion.For(name, OptionNames())}");
        }
    }

    // The parser knows true and false only, and would drop any other word.
    private void AddSwitch(Option<bool> option, string value)
    {
        if (value.Length > 0)
        {
            AddSwitchValue(option, value[1..]);
        }
        else if (command.Arguments.Count == 0 && next < arguments.Length && SwitchValue(arguments[next]) is not null)
        {
            AddSwitchValue(option, arguments[next++]);
        }
        else
        {
            tokens.Add(option.Name);
        }
    }

    private void AddSwitchValue(Option<bool> option, string word)
    {
        if (SwitchValue(word) is { } on)
        {
            tokens.Add(option.Name + (on ? "=true" : "=false"));
        }
        else
        {
            problems.Add($"{option.Name} is '{word}'; expected true or false");
        }
    }

    private static bool? SwitchValue(string word) =>
        word.ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "1" => true,
            "FALSE" or "NO" or "0" => false,
            _ => null,
        };

    // Values may look like anything but an option of this verb.
    private void CopyValues(Option option)
    {
        for (var i = 0; i < option.Arity.MaximumNumberOfValues && next < arguments.Length; i++)
        {
            var value = arguments[next];
            if (value.StartsWith("--", StringComparison.Ordinal) && Find(Split(value).Name) is not null)
            {
                return;
            }

            if (i > 0 && (value.StartsWith("--", StringComparison.Ordinal) || IsOverride(value)))
            {
                return;
            }

            tokens.Add(value);
            next++;
        }
    }

    private void ReadVerb(string argument)
    {
        tokens.Add(argument);
        var verbs = command.Subcommands;
        if (verbs.FirstOrDefault(c => string.Equals(c.Name, argument, StringComparison.Ordinal)) is { } verb)
        {
            command = verb;
            return;
        }

        var place = command == root ? "" : $" of {command.Name}";
        problems.Add($"'{argument}' is not a verb{place}{Suggestion.For(argument, verbs.Select(c => c.Name))}");
        next = arguments.Length;
    }

    private void ReadOther(string argument)
    {
        if (IsOverride(argument))
        {
            ReadOption("--" + argument);
        }
        else if (command.Arguments.Count > 0 || argument is "-h" or "-?")
        {
            tokens.Add(argument);
        }
        else
        {
            problems.Add($"'{argument}' is not expected here; {command.Name} takes options only");
        }
    }

    private bool IsOverride(string argument) =>
        command != root
        && command.Arguments.Count == 0
        && argument.IndexOf('=', StringComparison.Ordinal) > 0
        && Find(Split("--" + argument).Name) is not null;

    // The name in kebab-case, and the rest from the equals sign on.
    private static (string Name, string Value) Split(string argument)
    {
        var end = argument.IndexOf('=', StringComparison.Ordinal);
        return end < 0 ? (argument.Replace('_', '-'), "") : (argument[..end].Replace('_', '-'), argument[end..]);
    }

    private Option? Find(string name) =>
        Options()
            .FirstOrDefault(o => string.Equals(o.Name, name, StringComparison.Ordinal) || o.Aliases.Contains(name));

    private IEnumerable<Option> Options() =>
        command == root ? root.Options : command.Options.Concat(root.Options.Where(o => o.Recursive));

    private IEnumerable<string> OptionNames() => Options().Select(o => o.Name);
}
