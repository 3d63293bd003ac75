using System.Text;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Tensors;

namespace Luthier.Benchmarks;

/// <summary>Writes a model folder of seeded random weights in a shape of <c>shapes.json</c>.</summary>
internal static class RandomModel
{
    public static int Run(string shape, string folder, string[] options)
    {
        var half = Options.Read(options).GetValueOrDefault("--dtype") is "bfloat16";
        var config = ModelConfig.Parse("--shape", Encoding.UTF8.GetBytes(shape));
        using var model = RandomWeights.Create(config, seed: 1);
        ModelSaver.Save(model, folder, new SaveOptions { DType = half ? DType.BFloat16 : DType.Float32 });
        return 0;
    }
}
