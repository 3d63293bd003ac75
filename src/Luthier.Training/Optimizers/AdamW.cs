using Luthier.Tensors;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;

namespace Luthier.Training.Optimizers;

/// <summary>AdamW over a set of tensors, in the arithmetic of torch.optim.AdamW.</summary>
internal sealed class AdamW
{
    private readonly Device device;
    private readonly IReadOnlyList<TrainedTensor> parameters;
    private readonly Tensor[] means;
    private readonly Tensor[] variances;
    private readonly AdamWSettings settings;

    public AdamW(Device device, IReadOnlyList<TrainedTensor> parameters, AdamWSettings settings)
    {
        this.device = device;
        this.parameters = parameters;
        this.settings = settings;
        means = [.. parameters.Select(parameter => Tensor.Create(DType.Float32, parameter.Tensor.Shape))];
        variances = [.. parameters.Select(parameter => Tensor.Create(DType.Float32, parameter.Tensor.Shape))];
    }

    /// <summary>Steps taken so far; the next one corrects its moments as number <c>Steps + 1</c>.</summary>
    public long Steps { get; set; }

    /// <summary>Everything to keep for a resumed run: <c>mean.NAME</c> and <c>variance.NAME</c> of every tensor.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State()
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            yield return ($"mean.{parameters[i].Name}", means[i]);
            yield return ($"variance.{parameters[i].Name}", variances[i]);
        }
    }

    /// <summary>Makes all gradients zero.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in parameters)
        {
            parameter.Tensor.ClearGradient();
        }
    }

    /// <summary>Changes every tensor that has a gradient.</summary>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <param name="gradientScale">Multiplies the gradients first: what clipping asks for.</param>
    public void Step(double learningRate, float gradientScale)
    {
        Steps++;
        for (var i = 0; i < parameters.Count; i++)
        {
            var (parameter, decays) = (parameters[i].Tensor, parameters[i].Decays);
            if (parameter.Gradient is { } gradient)
            {
                device.AdamW(
                    parameter,
                    gradient,
                    means[i],
                    variances[i],
                    new AdamWStep(
                        learningRate,
                        settings.Beta1,
                        settings.Beta2,
                        settings.Epsilon,
                        decays ? settings.WeightDecay : 0,
                        Steps,
                        gradientScale
                    )
                );
            }
        }
    }
}

/// <summary>What does not change during a run.</summary>
internal readonly record struct AdamWSettings(double Beta1, double Beta2, double Epsilon, double WeightDecay);
