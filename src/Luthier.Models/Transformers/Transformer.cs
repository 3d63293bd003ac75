using Luthier.Models.Configuration;
using Luthier.Models.Layers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.KeyValues;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Transformers;

/// <summary>
/// A decoder-only transformer. Its sizes and options are data, so that one class serves all families, training and
/// generation, and every element type of weights. Activations are float32.
/// </summary>
/// <remarks>Not thread-safe. Disposing of the model closes the files that its weights are views of.</remarks>
public sealed partial class Transformer : IDisposable
{
    private readonly TransformerBlock[] blocks;
    private readonly NormLayer finalNorm;
    private readonly RotaryTable rotary;
    private readonly LayerFactory layers;
    private readonly ModuleInfo[] modules;
    private readonly IDisposable? owned;
    private readonly LinearGroup head;
    private ForwardContext? paged;

    /// <param name="config">Sizes and options.</param>
    /// <param name="weights">A tensor for every name of <see cref="ModelLayout.Parameters"/>, of its shape.</param>
    /// <param name="owned">What is disposed of with the model.</param>
    internal Transformer(ModelConfig config, IReadOnlyDictionary<string, Tensor> weights, IDisposable? owned = null)
    {
        Config = config;
        this.owned = owned;
        modules = [.. ModelLayout.Modules(config)];
        layers = new LayerFactory(config, weights);
        rotary = new RotaryTable(config);
        Embedding = layers.Embedding();
        blocks = new TransformerBlock[config.Layers];
        for (var layer = 0; layer < blocks.Length; layer++)
        {
            blocks[layer] = new TransformerBlock(config, layers, layer);
        }

        finalNorm = layers.Norm("model.norm");
        Head = layers.Head();
        head = new LinearGroup(Head);
        foreach (var (name, tensor) in Parameters)
        {
            tensor.Name = name;
            tensor.IsParameter = true;
        }
    }

    public ModelConfig Config { get; }

    /// <summary>What generation_config.json said, or what the configuration implies.</summary>
    public GenerationConfig Generation { get; init; } = new();

    /// <summary>The folder or GGUF file that the model was loaded from; null if it was made otherwise.</summary>
    public string? Origin { get; init; }

    /// <summary>The token embedding.</summary>
    public EmbeddingLayer Embedding { get; }

    /// <summary>The output projection; its weight is the embedding's own tensor where they are tied.</summary>
    public LinearLayer Head { get; }

    /// <summary>All projections by name, the output projection included.</summary>
    public IReadOnlyDictionary<string, LinearLayer> Linears => layers.Linears;

    /// <summary>All normalisations by name.</summary>
    public IReadOnlyDictionary<string, NormLayer> Norms => layers.Norms;

    /// <summary>Whether training keeps only the input of each layer and computes the layer again in the backward pass.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>How products round their operands when nothing else is asked for: as the projections are held.</summary>
    public MatMulPrecision Precision =>
        Linears.Values.Any(layer => layer.Weight.DType == DType.BFloat16)
            ? MatMulPrecision.BFloat16
            : MatMulPrecision.Float32;

    /// <summary>Whether the output projection is the embedding table's own tensor.</summary>
    public bool IsTied => ReferenceEquals(Head.Weight, Embedding.Weight);

    /// <summary>The final hidden states of all tokens [n, hidden], after the last norm.</summary>
    /// <param name="tape">Records the pass if it is recording.</param>
    /// <param name="batch">The tokens.</param>
    /// <param name="onHiddenState">
    /// Sees the residual stream [n, hidden]: 0 after the embedding, i after layer i, except that the last one is the
    /// result of this method, as Transformers' output_hidden_states has it. The memory is valid during the call.
    /// </param>
    public Tensor Forward(Tape tape, Batch batch, Action<int, Tensor>? onHiddenState = null)
    {
        var (cos, sin) = rotary.Angles(tape, batch.Positions);
        var context = new ForwardContext
        {
            Batch = batch,
            Cos = cos,
            Sin = sin,
        };
        var x = Embedding.Forward(tape, batch.Tokens); // [n, hidden]
        for (var layer = 0; layer < blocks.Length; layer++)
        {
            onHiddenState?.Invoke(layer, x);
            var block = blocks[layer];
            var input = x;
            x = GradientCheckpointing
                ? tape.Checkpoint(input, held => block.Forward(tape, held, context))
                : block.Forward(tape, input, context);
            tape.Release(input);
        }

        var normed = finalNorm.Forward(tape, x);
        tape.Release(x);
        onHiddenState?.Invoke(blocks.Length, normed);
        return normed;
    }

    /// <summary>Brings all projections into the form in which a device multiplies them in generation.</summary>
    public void Prepare(Device device)
    {
        foreach (var layer in Linears.Values)
        {
            device.Prepare(layer.Weight, Precision);
        }
    }

    /// <summary>
    /// A step of generation: the final hidden states [n, hidden] of a batch's tokens, whose keys and values go to their
    /// sequences' blocks. A row does not depend on what else is in the batch, nor on how a sequence was cut into steps.
    /// </summary>
    /// <param name="tape">Not recording.</param>
    public Tensor Forward(Tape tape, PagedBatch batch, PagedKeyValueCache cache)
    {
        if (tape.Recording)
        {
            throw new InvalidOperationException("a pass with a cache can't be recorded");
        }

        var (cos, sin) = rotary.Angles(tape, batch);
        paged ??= new ForwardContext { Cos = cos, Sin = sin };
        (paged.Cos, paged.Sin, paged.Paged, paged.PagedCache) = (cos, sin, batch, cache);
        var x = Embedding.Forward(tape, batch.Tokens); // [n, hidden]
        foreach (var block in blocks)
        {
            var input = x;
            x = block.Forward(tape, input, paged);
            tape.Release(input);
        }

        var normed = finalNorm.Forward(tape, x);
        tape.Release(x);
        return normed;
    }

    /// <summary>Logits [n, vocabulary] of hidden states [n, hidden] from a forward pass; not for training.</summary>
    public Tensor Logits(Tape tape, Tensor hidden)
    {
        var logits = Head.Forward(tape, hidden);
        if (Config.FinalSoftcap > 0)
        {
            if (logits.NeedsGradient)
            {
                throw new InvalidOperationException("capped logits have no gradient: use the loss for training");
            }

            tape.Device.Softcap(logits, Config.FinalSoftcap);
        }

        return logits;
    }

    /// <summary>The same for some rows of a step of generation; a row does not depend on the others.</summary>
    public Tensor Logits(Tape tape, Tensor hidden, ReadOnlySpan<int> rows)
    {
        var chosen = tape.New(rows.Length, hidden.Columns);
        tape.Device.Embedding(rows, hidden, chosen, scale: 1);
        var logits = head.Project(tape, chosen);
        tape.Release(chosen);
        if (Config.FinalSoftcap > 0)
        {
            tape.Device.Softcap(logits, Config.FinalSoftcap);
        }

        return logits;
    }

    /// <summary>
    /// The cross-entropy of every token's prediction of the token after it in its own sequence, without logits in
    /// memory. If the tape is recording, its backward pass gives the gradient of gradientScale · Σ losses.
    /// </summary>
    /// <param name="batch">The tokens.</param>
    /// <param name="labels">[n], aligned with the tokens (label t is predicted by token t − 1); −100 is left out.</param>
    /// <param name="gradientScale">Usually 1 over the number of labels in the whole step.</param>
    public BatchLoss Loss(Tape tape, Batch batch, ReadOnlySpan<int> labels, float gradientScale = 1)
    {
        var next = batch.NextLabels(labels);
        var hidden = Forward(tape, batch);
        var losses = Head.Lora is null
            ? LinearCrossEntropy.Apply(tape, hidden, Head.Weight, next, Config.FinalSoftcap, gradientScale)
            : AdaptedCrossEntropy.Apply(tape, hidden, Head, next, Config.FinalSoftcap, gradientScale);
        tape.Release(hidden);
        return new BatchLoss(losses, next);
    }

    public void Dispose()
    {
        foreach (var (_, tensor) in Parameters)
        {
            tensor.DeviceState?.Dispose();
            tensor.DeviceState = null;
        }

        owned?.Dispose();
    }
}
