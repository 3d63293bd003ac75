namespace Luthier.Tensors.Operations;

/// <summary>The step of torch.optim.AdamW in float32, in the order of operations of its for-loop implementation.</summary>
internal static unsafe partial class AdamW
{
    /// <summary>Slow and obvious: see <see cref="Devices.Device.AdamW"/>.</summary>
    internal static void Reference(Tensor parameter, Tensor gradient, Tensor mean, Tensor variance, in AdamWStep step)
    {
        var f = new Factors(step);
        for (long i = 0; i < parameter.Count; i++)
        {
            var g = gradient.Float32[i] * step.GradientScale;
            ref var p = ref parameter.Float32[i];
            ref var m = ref mean.Float32[i];
            ref var v = ref variance.Float32[i];
            p *= f.Decay;
            m = (m * f.Beta1) + (g * f.OneLessBeta1);
            v = (v * f.Beta2) + (f.OneLessBeta2 * g * g);
            var denominator = (MathF.Sqrt(v) / f.RootCorrection) + f.Epsilon;
            p += f.NegativeRate * m / denominator;
        }
    }

    /// <summary>A step's factors, computed in double and rounded once.</summary>
    internal readonly struct Factors(in AdamWStep step)
    {
        public readonly float Decay = (float)(1 - (step.LearningRate * step.WeightDecay));
        public readonly float Beta1 = (float)step.Beta1;
        public readonly float OneLessBeta1 = (float)(1 - step.Beta1);
        public readonly float Beta2 = (float)step.Beta2;
        public readonly float OneLessBeta2 = (float)(1 - step.Beta2);
        public readonly float RootCorrection = (float)Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step));
        public readonly float Epsilon = (float)step.Epsilon;
        public readonly float NegativeRate = (float)(-step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step)));
    }
}
