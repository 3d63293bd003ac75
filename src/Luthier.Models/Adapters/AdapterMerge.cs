using Luthier.Formats;
using Luthier.Formats.Weights;
using Luthier.Models.Checkpoints;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;

namespace Luthier.Models.Adapters;

/// <summary>What a merge wrote and how near it is to the adapter.</summary>
/// <param name="LargestDifference">
/// Between the logits of the base model with the adapter and those of the merged model as read back.
/// </param>
/// <param name="LargestLogit">The largest absolute logit, to judge the difference by.</param>
/// <param name="Files">The weight files written.</param>
public sealed record MergeReport(float LargestDifference, float LargestLogit, ShardPlan Files);

/// <summary>Merges an adapter into its base model and writes the result as a model of its own.</summary>
public static class AdapterMerge
{
    private const int ProbeTokens = 64;

    /// <summary>
    /// 1. Loads base model and adapter. 2. Computes the logits of a probe. 3. Merges. 4. Writes the model folder.
    /// 5. Reads it back and computes the same logits.
    /// </summary>
    /// <exception cref="InvalidFileException">
    /// A file is not what it should be, or the adapter changes nothing: it has no tensors, or only zero updates.
    /// </exception>
    /// <exception cref="ArgumentException">The output is the base model's own folder.</exception>
    public static MergeReport Run(
        Device device,
        string baseFolder,
        string adapterFolder,
        string outputFolder,
        SaveOptions? options = null
    )
    {
        if (ModelSaver.IsSameFolder(baseFolder, outputFolder))
        {
            throw new ArgumentException($"{outputFolder} is the base model, which a merge must not overwrite");
        }

        // 1.
        using var model = ModelLoader.Load(baseFolder);
        var adapter = Adapter.Load(model, adapterFolder);
        if (adapter.ChangesNothing)
        {
            throw new InvalidFileException(
                adapterFolder,
                "is an adapter that changes nothing: all its updates are zero"
            );
        }

        // 2.
        var expected = ProbeLogits(device, model);

        // 3.
        adapter.Merge();

        // 4.
        var files = ModelSaver.Save(model, outputFolder, options);

        // 5.
        using var merged = ModelLoader.Load(outputFolder);
        var actual = ProbeLogits(device, merged);
        return new MergeReport(
            LargestOf(expected.Length, i => actual[i] - expected[i]),
            LargestOf(expected.Length, i => expected[i]),
            files
        );
    }

    /// <summary>Logits of a row of tokens that depends on the vocabulary's size alone.</summary>
    private static float[] ProbeLogits(Device device, Transformer model)
    {
        var generator = new SeededGenerator(seed: 0);
        var tokens = new int[ProbeTokens];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = (int)(generator.NextUniform() * model.Config.VocabularySize);
        }

        using var tape = new Tape(device);
        var hidden = model.Forward(tape, Batch.FromSequences(tokens));
        return model.Logits(tape, hidden).AsFloats().ToArray();
    }

    /// <summary>The largest absolute value; NaN if one is NaN.</summary>
    private static float LargestOf(int count, Func<int, float> value)
    {
        var largest = 0f;
        for (var i = 0; i < count; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(value(i)));
        }

        return largest;
    }
}
