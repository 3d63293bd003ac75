using Luthier.Formats;
using Luthier.Generation.Sampling;
using Luthier.Training.Options;
using Luthier.Training.Tuning;

namespace Luthier.Cli.CommandLine;

/// <summary>Says in one sentence what went wrong, and with which exit code the process ends.</summary>
internal static class FailureReport
{
    /// <param name="error">Where to write.</param>
    /// <param name="command">What was run, as the user typed it: <c>luthier tune</c>.</param>
    /// <param name="failure">What ended it.</param>
    /// <param name="verbose">Whether to add the stack trace.</param>
    public static int Write(TextWriter error, string command, Exception failure, bool verbose)
    {
        if (failure is UsageException usage)
        {
            return WriteUsage(error, command, usage.Problems);
        }

        if (failure is InvalidOptionsException options)
        {
            return WriteUsage(error, command, options.Errors);
        }

        if (failure is OperationCanceledException)
        {
            error.WriteLine($"{command}: stopped");
            return ExitCode.Interrupted;
        }

        error.WriteLine($"{command}: {OneLine(Describe(failure))}");
        if (verbose)
        {
            error.WriteLine(failure.ToString());
        }

        return ExitCode.Failure;
    }

    public static int WriteUsage(TextWriter error, string command, IEnumerable<string> problems)
    {
        foreach (var problem in problems)
        {
            error.WriteLine($"{command}: {OneLine(problem)}");
        }

        return ExitCode.Usage;
    }

    private static string Describe(Exception failure) =>
        failure switch
        {
            InvalidFileException or NotFiniteException or SamplingException => failure.Message,
            FileNotFoundException { FileName: { Length: > 0 } name } => $"{name}: no such file",
            IOException or UnauthorizedAccessException => failure.Message,
            OutOfMemoryException => "there is not enough memory for this",
            AggregateException { InnerExceptions: [var only] } => Describe(only),
            _ => $"this should not have happened ({failure.GetType().Name}): {failure.Message} "
                + "(--verbose shows where)",
        };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd();
}
