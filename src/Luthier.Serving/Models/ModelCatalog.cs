using Luthier.Generation.Engine.Adapters;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Models;

/// <summary>A model as a request names it.</summary>
/// <param name="Name">What answers call it.</param>
/// <param name="Adapter">The adapter on top of it; null: the model itself.</param>
internal sealed record ModelChoice(string Name, string? Adapter);

/// <summary>The names that requests may ask for: those of the model and of its adapters.</summary>
internal sealed class ModelCatalog(ServedModel model)
{
    public IReadOnlyCollection<AdapterInfo> Adapters => model.Engine.Adapters;

    /// <summary>What a name means; without one, the model itself.</summary>
    /// <exception cref="ApiException">Nothing is called so.</exception>
    public ModelChoice Find(string? name) =>
        string.IsNullOrEmpty(name) || model.Names.Contains(name, StringComparer.Ordinal)
            ? new ModelChoice(model.Names[0], Adapter: null)
        : Adapters.Any(adapter => string.Equals(adapter.Name, name, StringComparison.Ordinal))
            ? new ModelChoice(name, name)
        : throw new ApiException(ApiError.NotFound($"the model '{name}' does not exist", "model"));
}
