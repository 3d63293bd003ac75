using System.CommandLine;
using System.Globalization;

namespace Luthier.Cli.CommandLine;

/// <summary>Writes the help of the whole and of a verb, in two columns that fit the terminal.</summary>
internal sealed class HelpWriter(TextWriter writer, int width)
{
    private const int LeftColumn = 30;
    private const int ContinuationIndent = 4;

    public void WriteRoot(RootCommand root, GlobalOptions global)
    {
        WriteWrapped(root.Description ?? "", indent: 0);
        writer.WriteLine();
        writer.WriteLine("Usage: luthier VERB [options]");
        WriteTitle("Verbs");
        foreach (var verb in root.Subcommands)
        {
            WriteRow(verb.Name, verb.Description ?? "");
        }

        WriteTitle("Options of every verb");
        WriteGlobal(global);
        WriteRow("--version", "Print the version");
        WriteTitle("Environment");
        WriteRow("LUTHIER_THREADS", "As --threads, where that is not given");
        WriteRow("LUTHIER_ISA", "Force an instruction set: avx512bf16, avx512, avx2, vector or scalar");
        writer.WriteLine();
        WriteWrapped(
            "'luthier VERB --help' lists a verb's options and shows examples. Underscores work as well as hyphens "
                + "(--base_model).",
            indent: 0
        );
    }

    public void WriteGroup(VerbGroup group)
    {
        WriteWrapped(group.Description ?? "", indent: 0);
        writer.WriteLine();
        writer.WriteLine($"Usage: luthier {group.Name} VERB [options]");
        WriteTitle("Verbs");
        foreach (var verb in group.Subcommands)
        {
            WriteRow($"{group.Name} {verb.Name}", verb.Description ?? "");
        }
    }

    public void WriteVerb(Verb verb, GlobalOptions global)
    {
        WriteWrapped(verb.Description ?? "", indent: 0);
        writer.WriteLine();
        WriteCommand(Usage(verb), indent: 0, continuation: "");
        if (verb.Arguments.Count > 0)
        {
            WriteTitle("Arguments");
            foreach (var argument in verb.Arguments)
            {
                WriteRow(argument.HelpName ?? argument.Name, argument.Description ?? "");
            }
        }

        foreach (var group in verb.Groups)
        {
            WriteTitle(group.Title);
            foreach (var option in group.Options)
            {
                WriteRow(Label(option), Describe(option, verb));
            }
        }

        WriteTitle("Options of every verb");
        WriteGlobal(global);
        WriteTitle(verb.Examples.Count == 1 ? "Example" : "Examples");
        foreach (var example in verb.Examples)
        {
            WriteWrapped("# " + example.Purpose, indent: 2);
            WriteCommand(example.CommandLine, indent: 2, continuation: " \\");
        }
    }

    private static string Usage(Verb verb)
    {
        var shown = verb.Required.Count > 0 ? verb.Required : verb.UsageOptions;
        var options = string.Concat(shown.Select(o => $" {Label(o)}"));
        var arguments = string.Concat(verb.Arguments.Select(a => $" [{a.HelpName ?? a.Name}]"));
        return $"Usage: luthier {verb.Words}{options} [options]{arguments}";
    }

    private static string Label(Option option) =>
        option.ValueType == typeof(bool) ? option.Name : $"{option.Name} {option.HelpName}";

    private static string Describe(Option option, Verb verb)
    {
        var text = option.Description ?? "";
        if (verb.Required.Contains(option))
        {
            return text + " (required)";
        }

        return DefaultOf(option) is { } value ? $"{text} (default: {value})" : text;
    }

    private static string? DefaultOf(Option option) =>
        !option.HasDefaultValue
            ? null
            : option.GetDefaultValue() switch
            {
                null or false => null,
                true => "on",
                Enum word => word.ToString().ToLowerInvariant(),
                IReadOnlyList<string> list => list.Count == 0 ? null : string.Join(',', list),
                var value => Convert.ToString(value, CultureInfo.InvariantCulture),
            };

    private void WriteGlobal(GlobalOptions global)
    {
        foreach (var option in global.All)
        {
            WriteRow(Label(option), option.Description ?? "");
        }

        WriteRow("--help", "Print this");
    }

    private void WriteTitle(string title)
    {
        writer.WriteLine();
        writer.WriteLine(title);
    }

    // The right column starts below a left one that is too long.
    private void WriteRow(string left, string right)
    {
        var lines = Wrap(right, width - LeftColumn).ToArray();
        var fits = left.Length + 4 <= LeftColumn;
        writer.WriteLine(fits ? ("  " + left).PadRight(LeftColumn) + lines[0] : "  " + left);
        foreach (var line in fits ? lines[1..] : lines)
        {
            writer.WriteLine(new string(' ', LeftColumn) + line);
        }
    }

    private void WriteWrapped(string text, int indent)
    {
        foreach (var line in Wrap(text, width - indent))
        {
            writer.WriteLine(new string(' ', indent) + line);
        }
    }

    // A command that is broken up must still run when it is pasted; an option and its value, and what is quoted,
    // stay together.
    private void WriteCommand(string commandLine, int indent, string continuation)
    {
        var words = commandLine.Split(' ').Aggregate(new List<string>(), JoinValue);
        var lines = Wrap(words, width - indent - ContinuationIndent - 2).ToArray();
        for (var i = 0; i < lines.Length; i++)
        {
            var margin = new string(' ', i == 0 ? indent : indent + ContinuationIndent);
            writer.WriteLine(margin + lines[i] + (i < lines.Length - 1 ? continuation : ""));
        }
    }

    private static List<string> JoinValue(List<string> words, string next)
    {
        if (
            words is [.., var last]
            && (IsOpen(last) || (last.StartsWith('-') && !next.StartsWith('-') && !next.StartsWith('[')))
        )
        {
            words[^1] = last + " " + next;
        }
        else
        {
            words.Add(next);
        }

        return words;
    }

    private static bool IsOpen(string words) => words.Count(c => c == '"') % 2 == 1;

    private static IEnumerable<string> Wrap(string text, int columns) => Wrap(text.Split(' '), columns);

    private static IEnumerable<string> Wrap(IEnumerable<string> words, int columns)
    {
        var line = "";
        foreach (var word in words)
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > columns)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : line + " " + word;
        }

        yield return line;
    }
}
