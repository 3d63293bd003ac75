using System.Globalization;
using System.Text.RegularExpressions;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;

namespace Luthier.Models.Adapters;

/// <summary>A module that carries a low-rank update.</summary>
/// <param name="Module">The module.</param>
/// <param name="Rank">Rows of A.</param>
/// <param name="Scale">What multiplies B · A.</param>
internal sealed record LoraTarget(ModuleInfo Module, int Rank, float Scale);

/// <summary>What an adapter's options mean for one model; known without weights.</summary>
internal sealed class LoraTargets
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(2);

    private LoraTargets(LoraConfig config, List<LoraTarget> updated, List<ModuleInfo> saved, List<ModuleInfo> biased)
    {
        Config = config;
        Updated = updated;
        Saved = saved;
        Biased = biased;
    }

    /// <summary>The options, with all-linear replaced by names.</summary>
    public LoraConfig Config { get; }

    /// <summary>Modules with a low-rank update, in the model's order.</summary>
    public IReadOnlyList<LoraTarget> Updated { get; }

    /// <summary>Modules that are trained whole.</summary>
    public IReadOnlyList<ModuleInfo> Saved { get; }

    /// <summary>Modules whose bias alone is trained, or together with a low-rank update.</summary>
    public IReadOnlyList<ModuleInfo> Biased { get; }

    /// <summary>Elements that are trained.</summary>
    public long TrainableCount =>
        Updated.Sum(TrainableOf)
        + Saved.Sum(module => WeightCount(module) + (module.HasBias ? module.Rows : 0))
        + Biased.Sum(module => (long)module.Rows);

    /// <summary>Elements that the adapter has beyond the base model's; biases are trained in place.</summary>
    public long AddedCount => TrainableCount - Biased.Sum(module => (long)module.Rows);

    /// <summary>Finds what the options select.</summary>
    /// <exception cref="ArgumentException">They select nothing, or something that can't carry an adapter.</exception>
    public static LoraTargets Resolve(ModelConfig model, LoraConfig config)
    {
        var modules = ModelLayout.Modules(model).ToList();
        config = config with { TargetModules = config.TargetModules.Resolved(modules) };
        var saved = modules.Where(module => IsSaved(config, module.Name)).ToList();
        var savedLeaves = Leaves(modules, saved);
        var updated = new List<LoraTarget>();
        try
        {
            foreach (var module in modules.Where(module => !saved.Contains(module) && IsTarget(config, module.Name)))
            {
                updated.Add(Target(config, module));
            }
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new ArgumentException($"the regular expression {exception.Pattern} takes too long", exception);
        }

        CheckFound(config, modules, updated);
        var biased = modules.Where(module => IsBiasTrained(config, module, updated, savedLeaves)).ToList();
        return new LoraTargets(config, updated, savedLeaves, biased);
    }

    private static LoraTarget Target(LoraConfig config, ModuleInfo module)
    {
        if (module.Kind is not (ModuleKind.Linear or ModuleKind.Embedding))
        {
            throw new ArgumentException(
                $"target modules {config.TargetModules} include {module.Name}, which is neither a projection nor an embedding"
            );
        }

        var rank = ValueFor(config.RankPattern, module.Name, config.Rank);
        var scale = config.ScaleOf(rank, ValueFor(config.AlphaPattern, module.Name, config.Alpha));
        return new LoraTarget(module, rank, scale);

        static T ValueFor<T>(IReadOnlyDictionary<string, T> pattern, string name, T fallback)
        {
            foreach (var (key, value) in pattern)
            {
                if (Regex.IsMatch(name, $@"\A(?:.*\.)?(?:{key})\z", RegexOptions.CultureInvariant, MatchTimeout))
                {
                    return value;
                }
            }

            return fallback;
        }
    }

    private static bool IsTarget(LoraConfig config, string name)
    {
        if (config.ExcludeModules?.Matches(name) == true || !config.TargetModules.Matches(name))
        {
            return false;
        }

        // A module that is given by its whole name, or by a regular expression, is meant in any layer.
        return config.LayersToTransform is not { Count: > 0 } layers
            || config.TargetModules.Pattern is not null
            || config.TargetModules.Names.Contains(name, StringComparer.Ordinal)
            || (LayerOf(name, config.LayersPattern) is { } layer && layers.Contains(layer));
    }

    private static int? LayerOf(string name, IReadOnlyList<string>? patterns)
    {
        IReadOnlyList<string> prefixes = patterns is { Count: > 0 } ? patterns : ["[^.]*"];
        foreach (var prefix in prefixes)
        {
            var match = Regex.Match(
                name,
                $@"\A.*\.{prefix}\.(?<layer>\d+)\.",
                RegexOptions.CultureInvariant,
                MatchTimeout
            );
            if (match.Success && int.TryParse(match.Groups["layer"].Value, CultureInfo.InvariantCulture, out var layer))
            {
                return layer;
            }
        }

        return null;
    }

    private static bool IsSaved(LoraConfig config, string name) =>
        config.ModulesToSave?.Any(ending => name.EndsWith(ending, StringComparison.Ordinal)) == true;

    /// <summary>The modules with weights among, or within, those given.</summary>
    private static List<ModuleInfo> Leaves(List<ModuleInfo> modules, List<ModuleInfo> chosen) =>
        [
            .. modules.Where(module =>
                module.Kind != ModuleKind.Container
                && chosen.Exists(item =>
                    ReferenceEquals(item, module) || module.Name.StartsWith(item.Name + ".", StringComparison.Ordinal)
                )
            ),
        ];

    private static bool IsBiasTrained(
        LoraConfig config,
        ModuleInfo module,
        List<LoraTarget> updated,
        List<ModuleInfo> saved
    ) =>
        module.HasBias
        && !saved.Contains(module)
        && config.Bias switch
        {
            LoraBias.All => true,
            LoraBias.LoraOnly => updated.Exists(target => ReferenceEquals(target.Module, module)),
            _ => false,
        };

    private static void CheckFound(LoraConfig config, List<ModuleInfo> modules, List<LoraTarget> updated)
    {
        if (updated.Count == 0)
        {
            var known = ModuleSelection.AllLinear.Resolved(modules);
            throw new ArgumentException(
                $"target modules {config.TargetModules} select nothing in the model: its projections are {known}"
            );
        }

        var unmatched = config.ModulesToSave?.FirstOrDefault(ending =>
            !modules.Exists(module => module.Name.EndsWith(ending, StringComparison.Ordinal))
        );
        if (unmatched is not null)
        {
            throw new ArgumentException($"modules to save: the model has no module {unmatched}");
        }
    }

    private long TrainableOf(LoraTarget target) =>
        ((long)target.Rank * (target.Module.Rows + target.Module.Columns)) + (Config.UseDora ? target.Module.Rows : 0);

    private static long WeightCount(ModuleInfo module) => (long)module.Rows * Math.Max(module.Columns, 1);
}
