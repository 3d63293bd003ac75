using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Autograd;

/// <summary>A decoder of a few layers, as a model would build it from the operations.</summary>
internal sealed class SmallModel
{
    private const int Vocabulary = 23;
    private const int Hidden = 16;
    private const int Inner = 20;
    private static readonly AttentionOptions Options = new(4, 2, 4, 0.5f);

    private readonly Tensor table = Sample.Scaled(1, 2, Vocabulary, Hidden);
    private readonly Tensor head = Sample.Scaled(2, 0.3f, Vocabulary, Hidden);
    private readonly Tensor finalNorm = Sample.Normal(3, Hidden);
    private readonly Layer[] layers;

    public SmallModel(int layers, float dropout, bool trained)
    {
        this.layers = new Layer[layers];
        for (var i = 0; i < layers; i++)
        {
            this.layers[i] = new Layer(100 * (i + 1), dropout);
            Parameters.AddRange(this.layers[i].Trained(trained));
        }

        if (trained)
        {
            Parameters.AddRange([table, head, finalNorm]);
        }

        foreach (var parameter in Parameters)
        {
            parameter.NeedsGradient = true;
            parameter.IsParameter = true;
        }
    }

    public List<Tensor> Parameters { get; } = [];

    /// <summary>Σ losses of one step; gradients are in the parameters.</summary>
    public double Step(Tape tape, int[] ids, int[] labels, bool checkpoints, ulong seed = 3)
    {
        foreach (var parameter in Parameters)
        {
            parameter.Gradient = null;
        }

        tape.Reset(seed);
        tape.Recording = tape.Training = true;
        AttentionSegment[] segments =
        [
            new(0, ids.Length / 2, 0, ids.Length / 2),
            new(ids.Length / 2, ids.Length - (ids.Length / 2), ids.Length / 2, ids.Length - (ids.Length / 2)),
        ];
        var (cos, sin) = Angles(ids.Length);
        var x = Embedding.Apply(tape, ids, table);
        foreach (var layer in layers)
        {
            x = checkpoints
                ? tape.Checkpoint(x, input => layer.Apply(tape, input, segments, cos, sin))
                : layer.Apply(tape, x, segments, cos, sin);
        }

        var y = RmsNorm.Apply(tape, x, finalNorm, 1e-5f);
        tape.Release(x);
        var losses = LinearCrossEntropy.Apply(tape, y, head, labels, 0, 1f / labels.Length);
        tape.Release(y);
        tape.Backward();
        return losses.Sum(loss => (double)loss);
    }

    private static (Tensor Cos, Tensor Sin) Angles(int rows)
    {
        var cos = Tensor.Create(DType.Float32, rows, 2);
        var sin = Tensor.Create(DType.Float32, rows, 2);
        for (var i = 0; i < 2 * rows; i++)
        {
            cos.AsFloats()[i] = MathF.Cos(i * 0.21f);
            sin.AsFloats()[i] = MathF.Sin(i * 0.21f);
        }

        return (cos, sin);
    }

    private sealed class Layer(int seed, float dropout)
    {
        private readonly Tensor norm1 = Sample.Scaled(seed, 0.6f, Hidden);
        private readonly Tensor norm2 = Sample.Scaled(seed + 1, 0.6f, Hidden);
        private readonly Tensor q = Sample.Scaled(seed + 2, 0.3f, Hidden, Hidden);
        private readonly Tensor k = Sample.Scaled(seed + 3, 0.3f, Hidden / 2, Hidden);
        private readonly Tensor v = Sample.Scaled(seed + 4, 0.3f, Hidden / 2, Hidden);
        private readonly Tensor o = Sample.Scaled(seed + 5, 0.3f, Hidden, Hidden);
        private readonly Tensor gate = Sample.Scaled(seed + 6, 0.3f, Inner, Hidden);
        private readonly Tensor up = Sample.Scaled(seed + 7, 0.3f, Inner, Hidden);
        private readonly Tensor down = Sample.Scaled(seed + 8, 0.3f, Hidden, Inner);
        private readonly LoraWeights loraQ = Lora(seed + 9, Hidden, dropout);
        private readonly LoraWeights loraV = Lora(seed + 10, Hidden / 2, dropout);

        public IEnumerable<Tensor> Trained(bool all) =>
            all
                ? [norm1, norm2, q, k, v, o, gate, up, down, loraQ.A, loraQ.B, loraV.A, loraV.B]
                : [loraQ.A, loraQ.B, loraV.A, loraV.B];

        public Tensor Apply(Tape tape, Tensor x, AttentionSegment[] segments, Tensor cos, Tensor sin)
        {
            var h = RmsNorm.Apply(tape, x, norm1, 1e-5f);
            var queries = Linear.Apply(tape, h, q, null, loraQ);
            var keys = Linear.Apply(tape, h, k);
            var values = Linear.Apply(tape, h, v, null, loraV);
            tape.Release(h);
            Rope.Apply(tape, queries, cos, sin);
            Rope.Apply(tape, keys, cos, sin);
            var mixed = Attention.Apply(tape, queries, keys, values, segments, Options);
            tape.Release(queries);
            tape.Release(keys);
            tape.Release(values);
            var projected = Linear.Apply(tape, mixed, o);
            tape.Release(mixed);
            var middle = Residual.Apply(tape, x, projected);
            tape.Release(x);
            h = RmsNorm.Apply(tape, middle, norm2, 1e-5f);
            var gated = Linear.Apply(tape, h, gate);
            var raised = Linear.Apply(tape, h, up);
            tape.Release(h);
            var activated = Gated.Apply(tape, Activation.Silu, gated, raised);
            tape.Release(gated);
            tape.Release(raised);
            var lowered = Linear.Apply(tape, activated, down);
            tape.Release(activated);
            var y = Residual.Apply(tape, middle, lowered);
            tape.Release(middle);
            return y;
        }

        private static LoraWeights Lora(int seed, int outputs, float dropout) =>
            new(Sample.Scaled(seed, 0.3f, 3, Hidden), Sample.Scaled(seed + 50, 0.3f, outputs, 3), 0.5f, dropout);
    }
}
