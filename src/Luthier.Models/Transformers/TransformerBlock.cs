using Luthier.Models.Configuration;
using Luthier.Models.Layers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Transformers;

/// <summary>One layer: attention and feed-forward part, each added to the residual stream.</summary>
internal sealed class TransformerBlock
{
    private readonly SelfAttention attention;
    private readonly FeedForward feedForward;
    private readonly NormLayer inputNorm;
    private readonly NormLayer postAttentionNorm;
    private readonly NormLayer? preFeedForwardNorm;
    private readonly NormLayer? postFeedForwardNorm;

    public TransformerBlock(ModelConfig config, LayerFactory factory, int layer)
    {
        attention = new SelfAttention(config, factory, layer);
        feedForward = new FeedForward(factory, config.Activation, layer);
        inputNorm = factory.Norm($"model.layers.{layer}.input_layernorm");
        postAttentionNorm = factory.Norm($"model.layers.{layer}.post_attention_layernorm");
        if (config.FeedForwardNorms)
        {
            preFeedForwardNorm = factory.Norm($"model.layers.{layer}.pre_feedforward_layernorm");
            postFeedForwardNorm = factory.Norm($"model.layers.{layer}.post_feedforward_layernorm");
        }
    }

    /// <param name="x">[n, hidden]; not released, because a checkpointed layer reads it again.</param>
    /// <returns>[n, hidden].</returns>
    public Tensor Forward(Tape tape, Tensor x, ForwardContext context)
    {
        var attended = attention.Forward(tape, inputNorm.Forward(tape, x), context);
        if (preFeedForwardNorm is null || postFeedForwardNorm is null)
        {
            var middle = Residual.Apply(tape, x, attended);
            var fed = feedForward.Forward(tape, postAttentionNorm.Forward(tape, middle), context);
            return AddAndRelease(tape, middle, fed);
        }

        var sum = Residual.Apply(tape, x, NormAndRelease(tape, postAttentionNorm, attended));
        var forward = feedForward.Forward(tape, preFeedForwardNorm.Forward(tape, sum), context);
        return AddAndRelease(tape, sum, NormAndRelease(tape, postFeedForwardNorm, forward));
    }

    private static Tensor NormAndRelease(Tape tape, NormLayer norm, Tensor x)
    {
        var y = norm.Forward(tape, x);
        tape.Release(x);
        return y;
    }

    private static Tensor AddAndRelease(Tape tape, Tensor x, Tensor delta)
    {
        var sum = Residual.Apply(tape, x, delta);
        tape.Release(x);
        return sum;
    }
}
