using Luthier.Tensors.Threading;

namespace Luthier.Tensors.Tests.Threading;

public sealed class ProcessorsTests
{
    [Fact]
    public void A_thread_leaves_a_processor_and_may_come_back()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.ProcessorCount > 1,
            "this CPU has one processor, or the system is not Linux"
        );
        var allowed = Allowed();
        HashSet<int> seen = [];

        // The system may move a thread back between two lines: over a few tries it has been elsewhere.
        for (var i = 0; i < 100 && seen.Count < 2; i++)
        {
            seen.Add(Processors.Current);
            Processors.Leave(Processors.Current);
            seen.Add(Processors.Current);
        }

        seen.Count.ShouldBeGreaterThan(1);
        Allowed().ShouldBe(allowed);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1023)]
    [InlineData(1 << 20)]
    public void To_leave_a_processor_that_is_not_there_changes_nothing(int processor)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "this CPU runs another system than Linux");
        var allowed = Allowed();
        Processors.Leave(processor);
        Allowed().ShouldBe(allowed);
    }

    private static string Allowed() =>
        File.ReadLines("/proc/thread-self/status")
            .First(line => line.StartsWith("Cpus_allowed:", StringComparison.Ordinal));
}
