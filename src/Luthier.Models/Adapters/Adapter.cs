using Luthier.Models.Layers;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Adapters;

/// <summary>
/// A PEFT adapter on a model: low-rank updates of projections and of the embedding, modules trained whole, and biases.
/// Its tensors are float32 whatever the type of the base weights, which it leaves as they are.
/// </summary>
public sealed partial class Adapter
{
    private readonly List<AdapterPart> parts;

    private Adapter(Transformer model, LoraTargets targets, List<AdapterPart> parts, bool attach = true)
    {
        Model = model;
        Config = targets.Config;
        Count = targets.TrainableCount;
        this.parts = parts;
        foreach (var (name, tensor) in Parameters)
        {
            tensor.Name = name;
            tensor.IsParameter = true;
        }

        if (attach)
        {
            Attach();
        }
    }

    /// <summary>The model that it belongs to.</summary>
    public Transformer Model { get; }

    public LoraConfig Config { get; }

    /// <summary>Whether the model computes with it.</summary>
    public bool IsAttached { get; private set; }

    /// <summary>Number of elements of all <see cref="Parameters"/>.</summary>
    public long Count { get; }

    /// <summary>
    /// The tensors that training changes, by their names in an adapter file. An embedding's A is here transposed.
    /// </summary>
    public IEnumerable<(string Name, Tensor Tensor)> Parameters =>
        parts.SelectMany(part => part.Parameters).Select(item => (AdapterNames.Prefix + item.Name, item.Tensor));

    /// <summary>Whether the model computes the same with it as without.</summary>
    public bool ChangesNothing => parts.TrueForAll(part => part.ChangesNothing);

    /// <summary>Puts a new adapter on a model, attached and trainable, and freezes the model.</summary>
    /// <param name="seed">Equal seeds give equal adapters.</param>
    /// <exception cref="ArgumentException">The options select nothing in this model, or what can't carry an adapter.</exception>
    public static Adapter Create(Transformer model, LoraConfig config, ulong seed)
    {
        var targets = LoraTargets.Resolve(model.Config, config);
        var adapter = new Adapter(model, targets, [.. new AdapterFactory(model, targets, seed).Create()]);
        model.SetTrainable(false);
        if (adapter.parts.TrueForAll(part => part.IsTrainable))
        {
            adapter.SetTrainable(true);
        }

        return adapter;
    }

    /// <summary>Lets the backward pass compute gradients of the adapter's tensors, or not.</summary>
    /// <exception cref="NotSupportedException">It is a DoRA adapter, which can be used and merged but not trained.</exception>
    public void SetTrainable(bool trainable)
    {
        if (trainable && !parts.TrueForAll(part => part.IsTrainable))
        {
            throw new NotSupportedException("a DoRA adapter can be used and merged, but not trained");
        }

        foreach (var (_, tensor) in Parameters)
        {
            tensor.NeedsGradient = trainable;
        }
    }

    /// <summary>Lets the model compute with the adapter.</summary>
    public void Attach()
    {
        if (!IsAttached)
        {
            parts.ForEach(part => part.Attach());
            IsAttached = true;
        }
    }

    /// <summary>Lets the model compute without the adapter.</summary>
    public void Detach()
    {
        if (IsAttached)
        {
            parts.ForEach(part => part.Detach());
            IsAttached = false;
        }
    }

    /// <summary>
    /// The adapter's updates for passes in which each sequence has its own; the model need not be attached to it.
    /// </summary>
    /// <exception cref="NotSupportedException">It is more than low-rank updates of projections inside the layers.</exception>
    public LoraSet Updates()
    {
        var updates = new Dictionary<LinearLayer, LoraWeights>();
        foreach (var part in parts)
        {
            var (layer, lora) =
                (part as LinearLora)?.Plain
                ?? throw new NotSupportedException(
                    $"{part.Parameters.First().Name}: only low-rank updates of the layers' projections can be served "
                        + "beside other adapters; merge this one into the model"
                );
            updates.Add(layer, lora);
        }

        return new LoraSet(updates);
    }

    /// <summary>
    /// Makes the adapter part of the model's weights, in their element type, through float32; it is detached then and
    /// not to be used again. A weight that the model tied gets a tensor of its own, so that an update of the output
    /// projection does not reach the embedding, nor the other way round.
    /// </summary>
    /// <exception cref="InvalidOperationException">It would change nothing: an untrained or empty adapter.</exception>
    public void Merge()
    {
        if (ChangesNothing)
        {
            throw new InvalidOperationException(
                $"the adapter changes nothing: {Count:N0} elements in {parts.Count} modules, whose updates are all zero"
            );
        }

        Detach();
        parts.ForEach(part => part.Merge());
    }
}
