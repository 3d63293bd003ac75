using Luthier.Cli.CommandLine;

namespace Luthier.Cli;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        using var terminal = new Terminal();
        using var stop = new StopSignals();
        return new Application(terminal, Environment.GetEnvironmentVariable).Run(arguments, stop);
    }
}
