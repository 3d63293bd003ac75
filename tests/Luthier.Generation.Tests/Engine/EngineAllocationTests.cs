using Luthier.Generation.Engine;
using static Luthier.Generation.Tests.Engine.FakeEngine;

namespace Luthier.Generation.Tests.Engine;

public sealed class EngineAllocationTests
{
    [Fact]
    public async Task Texts_in_progress_allocate_nothing()
    {
        var (engine, runner) = Create(new EngineOptions { Blocks = 256, MaxSequences = 8 });
        await using var closing = engine;
        using var gate = new StepGate(runner).Close();
        var streams = Enumerable.Range(0, 8).Select(i => engine.Submit(Request(10, 600, seed: i))).ToArray();
        await gate.ArriveAsync();
        var (before, after) = (0L, 0L);
        runner.OnStep = _ =>
        {
            // The readers keep up. What remains are the lists of tokens and blocks, which double now and then.
            foreach (var stream in streams)
            {
                while (stream.Tokens.TryRead(out var _)) { }
            }

            before = runner.Steps == 330 ? GC.GetAllocatedBytesForCurrentThread() : before;
            after = runner.Steps == 490 ? GC.GetAllocatedBytesForCurrentThread() : after;
        };
        gate.Permit();
        await engine.DrainAsync();
        before.ShouldBeGreaterThan(0);
        (after - before).ShouldBe(0);
    }
}
