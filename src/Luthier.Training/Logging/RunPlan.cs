using Luthier.Training.Options;

namespace Luthier.Training.Logging;

/// <summary>How long a run is, and when it logs, evaluates and saves.</summary>
/// <param name="StepsPerEpoch">Optimizer steps in which every row is seen once; the last one may have fewer rows.</param>
/// <param name="TotalSteps">Optimizer steps of the run.</param>
/// <param name="Epochs">Passes over the rows.</param>
internal sealed record RunPlan(
    int StepsPerEpoch,
    int TotalSteps,
    double Epochs,
    int MicroBatchSize,
    int LoggingSteps,
    int EvalSteps,
    int SaveSteps
)
{
    public static RunPlan Of(TuneOptions options, int rows)
    {
        var perEpoch = (int)(((long)rows + options.BatchSize - 1) / options.BatchSize);
        var total = options.MaxSteps > 0 ? options.MaxSteps : Math.Ceiling(options.NumEpochs * perEpoch);
        return total > int.MaxValue
            ? throw new InvalidOptionsException([
                $"--num-epochs: {options.NumEpochs} epochs of {perEpoch} steps are more than {int.MaxValue} steps",
            ])
            : new RunPlan(
                perEpoch,
                (int)total,
                total / perEpoch,
                options.MicroBatchSize,
                options.LoggingSteps,
                options.EvalSteps,
                options.SaveSteps
            );
    }

    /// <summary>Passes over the rows after so many steps.</summary>
    public double EpochAt(int step) => (double)step / StepsPerEpoch;
}
