using Luthier.Models.Transformers;
using Luthier.Training.Optimizers;

namespace Luthier.Training.Tuning;

/// <summary>What a run trains and keeps.</summary>
internal interface ITuningMethod : IDisposable
{
    /// <summary>The model, with whatever is trained in it.</summary>
    Transformer Model { get; }

    /// <summary>What is trained, by the names in files.</summary>
    IReadOnlyList<TrainedTensor> Trained { get; }

    /// <summary><c>trainable params: … || all params: … || trainable%: …</c>.</summary>
    string TrainableLine { get; }

    /// <summary>Writes what is trained, in full precision.</summary>
    void Save(string folder);

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    /// <exception cref="Luthier.Formats.InvalidFileException">It is not what is in memory.</exception>
    void Verify(string folder);

    /// <summary>Writes the result of the run from a checkpoint, in the form that others load.</summary>
    void Export(string checkpoint, string outputFolder);
}
