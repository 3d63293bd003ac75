using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Layers;

/// <summary>Projections that read the same input, so that generation computes them in one go.</summary>
internal sealed class LinearGroup(params LinearLayer[] layers)
{
    private readonly Tensor[] weights = new Tensor[layers.Length];
    private readonly Tensor[] outputs = new Tensor[layers.Length];

    /// <param name="x">[n, in].</param>
    /// <returns>[n, out] of each projection, in the same array at every call.</returns>
    public Tensor[] Forward(Tape tape, Tensor x, ForwardContext context)
    {
        if (context.Paged is { } batch)
        {
            return Project(tape, x, batch);
        }

        for (var i = 0; i < layers.Length; i++)
        {
            outputs[i] = layers[i].Forward(tape, x);
        }

        return outputs;
    }

    /// <summary>The same for the only projection of the group.</summary>
    public Tensor Single(Tape tape, Tensor x, ForwardContext context) => Forward(tape, x, context)[0];

    /// <summary>The same for a step of generation, without the sequences' adapters.</summary>
    public Tensor Project(Tape tape, Tensor x) => Project(tape, x, batch: null)[0];

    private Tensor[] Project(Tape tape, Tensor x, PagedBatch? batch)
    {
        for (var i = 0; i < layers.Length; i++)
        {
            weights[i] = layers[i].Weight;
            outputs[i] = tape.New(x.Rows, weights[i].Rows);
        }

        tape.Device.Project(x, weights, outputs, tape.Precision);
        for (var i = 0; i < layers.Length; i++)
        {
            var layer = layers[i];
            if (layer.Bias is not null)
            {
                tape.Device.AddBias(outputs[i], layer.Bias);
            }

            if (layer.Lora is not null)
            {
                Update(tape, x, outputs[i], layer.Lora);
            }

            if (batch is { HasAdapters: true })
            {
                Adapt(tape, x, outputs[i], layer, batch);
            }
        }

        return outputs;
    }

    // The sequences' own adapters: neighbours with the same one are computed together.
    private static void Adapt(Tape tape, Tensor x, Tensor y, LinearLayer layer, PagedBatch batch)
    {
        var segments = batch.Segments;
        for (int first = 0, next; first < segments.Length; first = next)
        {
            var adapter = batch.Adapters[first];
            next = first + 1;
            while (next < segments.Length && ReferenceEquals(batch.Adapters[next], adapter))
            {
                next++;
            }

            if (adapter?.Of(layer) is { } lora)
            {
                var start = segments[first].QueryStart;
                var rows = segments[next - 1].QueryStart + segments[next - 1].QueryCount - start;
                Update(tape, x.Slice(start, rows), y.Slice(start, rows), lora);
            }
        }
    }

    // y += scale · x · Aᵀ · Bᵀ.
    private static void Update(Tape tape, Tensor x, Tensor y, LoraWeights lora)
    {
        var reduced = tape.New(x.Rows, lora.A.Rows);
        tape.Device.Project(x, [lora.A], [reduced]);
        var update = tape.New(y.Shape);
        tape.Device.Project(reduced, [lora.B], [update]);
        tape.Device.Scale(update, lora.Scale);
        tape.Device.Add(update, y, accumulate: true);
        tape.Release(update);
        tape.Release(reduced);
    }
}
