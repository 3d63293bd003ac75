using System.Text;

namespace Luthier.Cli.CommandLine;

/// <summary>The process's streams: UTF-8 in both directions, and output that is flushed by whoever needs it seen.</summary>
internal sealed class Terminal : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public Terminal()
    {
        Out = new StreamWriter(Console.OpenStandardOutput(), Utf8, bufferSize: 1 << 14) { NewLine = "\n" };
        Error = new StreamWriter(Console.OpenStandardError(), Utf8) { AutoFlush = true, NewLine = "\n" };
    }

    public TextWriter Out { get; }

    public TextWriter Error { get; }

    /// <summary>Whether progress can be drawn: standard error is a terminal that moves its cursor.</summary>
    public static bool IsErrorInteractive =>
        !Console.IsErrorRedirected
        && !Console.IsOutputRedirected
        && !string.Equals(Environment.GetEnvironmentVariable("TERM"), "dumb", StringComparison.Ordinal);

    /// <summary>Columns that text may take: the terminal's, within reason, or 80.</summary>
    public static int Width
    {
        get
        {
            if (Console.IsOutputRedirected)
            {
                return 80;
            }

            // A pseudo-terminal without a size reports 0.
            var columns = Console.WindowWidth;
            return columns <= 0 ? 80 : Math.Clamp(columns, 60, 100);
        }
    }

    public static Stream OpenInput() => Console.OpenStandardInput();

    public void Dispose()
    {
        Out.Dispose();
        Error.Dispose();
    }
}
