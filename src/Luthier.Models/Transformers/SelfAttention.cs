using Luthier.Models.Configuration;
using Luthier.Models.Layers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Transformers;

/// <summary>Causal grouped-query attention of one layer, with its projections.</summary>
internal sealed class SelfAttention
{
    private readonly LinearGroup inputs;
    private readonly LinearGroup output;
    private readonly NormLayer? queryNorm;
    private readonly NormLayer? keyNorm;
    private readonly AttentionOptions options;
    private readonly int layer;

    public SelfAttention(ModelConfig config, LayerFactory factory, int layer)
    {
        this.layer = layer;
        inputs = new LinearGroup(
            factory.Linear($"model.layers.{layer}.self_attn.q_proj"),
            factory.Linear($"model.layers.{layer}.self_attn.k_proj"),
            factory.Linear($"model.layers.{layer}.self_attn.v_proj")
        );
        output = new LinearGroup(factory.Linear($"model.layers.{layer}.self_attn.o_proj"));
        if (config.QueryKeyNorm)
        {
            queryNorm = factory.Norm($"model.layers.{layer}.self_attn.q_norm");
            keyNorm = factory.Norm($"model.layers.{layer}.self_attn.k_norm");
        }

        options = new AttentionOptions(
            config.Heads,
            config.KeyValueHeads,
            config.HeadDimension,
            (float)config.AttentionScale,
            config.Windows[layer],
            config.AttentionSoftcap
        );
    }

    /// <param name="x">[n, hidden], normalised; released once the projections have read it.</param>
    /// <returns>[n, hidden].</returns>
    public Tensor Forward(Tape tape, Tensor x, ForwardContext context)
    {
        var projections = inputs.Forward(tape, x, context);
        var q = projections[0]; // [n, heads · d]
        var k = projections[1]; // [n, kvHeads · d]
        var v = projections[2]; // [n, kvHeads · d]
        tape.Release(x);
        q = Normalised(tape, q, queryNorm);
        k = Normalised(tape, k, keyNorm);
        Rope.Apply(tape, q, context.Cos, context.Sin);
        Rope.Apply(tape, k, context.Cos, context.Sin);
        var y = Attend(tape, q, k, v, context);
        tape.Release(q);
        tape.Release(k);
        tape.Release(v);
        var projected = output.Single(tape, y, context);
        tape.Release(y);
        return projected;
    }

    private Tensor Attend(Tape tape, Tensor q, Tensor k, Tensor v, ForwardContext context)
    {
        if (context.Paged is { } paged)
        {
            return PagedAttention.Apply(
                tape,
                q,
                k,
                v,
                context.PagedCache!,
                layer,
                paged.Segments,
                paged.Blocks,
                options
            );
        }

        return Attention.Apply(tape, q, k, v, context.Batch!.Segments, options);
    }

    private static Tensor Normalised(Tape tape, Tensor x, NormLayer? norm)
    {
        if (norm is null)
        {
            return x;
        }

        var y = norm.Forward(tape, x);
        tape.Release(x);
        return y;
    }
}
