namespace Luthier.Training.Tuning;

/// <summary>NaN or infinity came up in training; the last checkpoint is untouched.</summary>
public sealed class NotFiniteException : Exception
{
    internal NotFiniteException(int step, string tensor, string what)
        : base($"step {step}: {what} NaN or infinity: lower --learning-rate, or look at the data and the base model")
    {
        Step = step;
        Tensor = tensor;
    }

    /// <summary>The step, from 1.</summary>
    public int Step { get; }

    /// <summary>Name of the first tensor that has it.</summary>
    public string Tensor { get; }
}
