namespace Luthier.Training.Schedules;

/// <summary>The learning rate of each step of a run; a pure function of the step, so that resuming needs no state.</summary>
/// <param name="Kind">Course after the warm-up.</param>
/// <param name="Peak">Learning rate at the end of the warm-up.</param>
/// <param name="WarmupSteps">Steps in which it rises in a line from 0.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
public sealed record LearningRateSchedule(ScheduleKind Kind, double Peak, int WarmupSteps, int TotalSteps)
{
    internal const double PolynomialEnd = 1e-7;
    private const int InverseSqrtDefaultTimescale = 10_000;

    /// <summary>Learning rate of the step, counted from 0. The order of roundings is that of Transformers.</summary>
    public double At(int step)
    {
        if (Kind == ScheduleKind.Constant)
        {
            return Peak;
        }

        return Peak * (step < WarmupSteps ? (double)step / Math.Max(1, WarmupSteps) : Factor(step));
    }

    private double Factor(int step)
    {
        double decaySteps = Math.Max(1, TotalSteps - WarmupSteps);
        var progress = (step - WarmupSteps) / decaySteps;
        return Kind switch
        {
            ScheduleKind.Linear => Math.Max(0, (TotalSteps - step) / decaySteps),
            ScheduleKind.Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * 0.5 * 2 * progress))),
            ScheduleKind.CosineWithRestarts when progress >= 1 => 0,
            ScheduleKind.CosineWithRestarts => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * (progress % 1)))),
            ScheduleKind.Polynomial => Polynomial(step),
            ScheduleKind.InverseSqrt => InverseSqrt(step),
            _ => 1,
        };
    }

    private double Polynomial(int step)
    {
        if (step > TotalSteps || TotalSteps == WarmupSteps)
        {
            return PolynomialEnd / Peak;
        }

        var remaining = 1 - ((step - WarmupSteps) / (double)(TotalSteps - WarmupSteps));
        return (((Peak - PolynomialEnd) * remaining) + PolynomialEnd) / Peak;
    }

    private double InverseSqrt(int step)
    {
        var timescale = WarmupSteps > 0 ? WarmupSteps : InverseSqrtDefaultTimescale;
        var shift = timescale - WarmupSteps;
        return 1 / Math.Sqrt((step + shift) / (double)timescale);
    }
}
