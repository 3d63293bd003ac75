using System.Text.Json;
using Luthier.Training.Schedules;

namespace Luthier.Training.Tests.Schedules;

public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData("linear", ScheduleKind.Linear)]
    [InlineData("cosine", ScheduleKind.Cosine)]
    [InlineData("constant_with_warmup", ScheduleKind.ConstantWithWarmup)]
    public void EveryStepIsThatOfTransformers(string name, ScheduleKind kind)
    {
        using var reference = JsonDocument.Parse(
            File.ReadAllText(TestData.Shared("fixtures/schedules/reference.json"))
        );
        var root = reference.RootElement;
        var schedule = new LearningRateSchedule(
            kind,
            root.GetProperty("base_lr").GetDouble(),
            root.GetProperty("warmup_steps").GetInt32(),
            root.GetProperty("total_steps").GetInt32()
        );

        var step = 0;
        foreach (var expected in root.GetProperty(name).EnumerateArray().Select(value => value.GetDouble()))
        {
            Math.Abs(schedule.At(step) - expected)
                .ShouldBeLessThanOrEqualTo(Math.Abs(expected) * 1e-15, $"step {step}");
            step++;
        }

        step.ShouldBe(101);
    }

    // Values of the formulas of Transformers' optimization.py, worked out by hand.
    [Theory]
    [InlineData(ScheduleKind.Constant, 0, 2.0)]
    [InlineData(ScheduleKind.Constant, 99, 2.0)]
    [InlineData(ScheduleKind.CosineWithRestarts, 5, 1.0)]
    [InlineData(ScheduleKind.CosineWithRestarts, 10, 2.0)]
    [InlineData(ScheduleKind.CosineWithRestarts, 55, 1.0)]
    [InlineData(ScheduleKind.CosineWithRestarts, 100, 0.0)]
    [InlineData(ScheduleKind.Polynomial, 5, 1.0)]
    [InlineData(ScheduleKind.Polynomial, 55, 1.00000005)]
    [InlineData(ScheduleKind.Polynomial, 100, 1e-7)]
    [InlineData(ScheduleKind.Polynomial, 200, 1e-7)]
    [InlineData(ScheduleKind.InverseSqrt, 5, 1.0)]
    [InlineData(ScheduleKind.InverseSqrt, 10, 2.0)]
    [InlineData(ScheduleKind.InverseSqrt, 40, 1.0)]
    [InlineData(ScheduleKind.InverseSqrt, 90, 0.6666666666666666)]
    public void OtherCoursesFollowTheirFormula(ScheduleKind kind, int step, double expected) =>
        new LearningRateSchedule(kind, 2, 10, 100).At(step).ShouldBe(expected, 1e-15);

    [Fact]
    public void WithoutWarmupTheFirstStepHasThePeak()
    {
        foreach (var kind in Enum.GetValues<ScheduleKind>())
        {
            new LearningRateSchedule(kind, 1, 0, 10).At(0).ShouldBe(1, 1e-15, kind.ToString());
        }
    }

    [Fact]
    public void ARunAllOfWarmupNeverLeavesIt()
    {
        foreach (var kind in Enum.GetValues<ScheduleKind>())
        {
            var last = new LearningRateSchedule(kind, 1, 100, 10).At(9);
            last.ShouldBe(kind == ScheduleKind.Constant ? 1 : 0.09, 1e-15, kind.ToString());
        }
    }
}
