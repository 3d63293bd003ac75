using Luthier.Generation.Engine.Scheduling;

namespace Luthier.Generation.Engine.Execution;

/// <summary>Takes what a step computes.</summary>
internal interface IStepResults
{
    /// <param name="chunk">Number of the chunk.</param>
    /// <param name="position">Of the token in its sequence.</param>
    /// <param name="logits">[vocabulary], valid during the call, in which it may be changed.</param>
    void OnLogits(int chunk, int position, Span<float> logits);

    /// <param name="chunk">Number of the chunk.</param>
    /// <param name="position">Of the token in its sequence.</param>
    /// <param name="hidden">[hidden], valid during the call.</param>
    void OnHidden(int chunk, int position, ReadOnlySpan<float> hidden);
}

/// <summary>Computes the steps that the scheduler plans, with a model and the memory of its blocks. For one thread.</summary>
internal interface IModelRunner : IDisposable
{
    /// <summary>Blocks of the key-value cache.</summary>
    int Blocks { get; }

    /// <summary>Computes all chunks of a plan, and hands out the results that are wanted.</summary>
    void Run(StepPlan plan, IStepResults results);
}
