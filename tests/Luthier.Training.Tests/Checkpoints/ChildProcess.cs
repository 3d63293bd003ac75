using Luthier.Training.Options;
using Luthier.Training.Tests.Fixtures;
using Luthier.Training.Tuning;

namespace Luthier.Training.Tests.Checkpoints;

/// <summary>The test executable, started by a test to be killed: it tunes instead of testing.</summary>
internal static class ChildProcess
{
    public const string Argument = "--tune";

    public static int Tune(string recipe)
    {
        using var device = TestDevice.Create(threads: 2);
        Tuner.Run(
            OptionBinder.Bind(recipe, []),
            device,
            new RecordedProgress(),
            TimeProvider.System,
            CancellationToken.None
        );
        return 0;
    }
}
