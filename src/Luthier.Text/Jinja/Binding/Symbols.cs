using System.Diagnostics.CodeAnalysis;

namespace Luthier.Text.Jinja.Binding;

/// <summary>
/// The variables of a scope as they are found while its statements are read in order. Whether a name is first read or
/// first set in a scope decides what it is before that; a branch of an <c>if</c> is read on its own and then merged.
/// </summary>
internal sealed class Symbols
{
    private readonly Symbols? parent;
    private readonly Symbols? whole;
    private readonly Dictionary<string, Load> loads = new(StringComparer.Ordinal);
    private readonly HashSet<string> stores = new(StringComparer.Ordinal);

    /// <param name="parent">The symbols of the scope around this one.</param>
    /// <param name="whole">Where this is a branch, what it branches off.</param>
    public Symbols(Symbols? parent, Symbols? whole = null)
    {
        this.parent = parent;
        this.whole = whole;
    }

    /// <summary>All variables of the scope; complete after all statements were read.</summary>
    public IReadOnlyDictionary<string, Load> Loads => loads;

    /// <summary>The name is read.</summary>
    public void Read(string name)
    {
        if (!IsKnown(name))
        {
            loads[name] = Load.Resolve;
        }
    }

    /// <summary>The name is set.</summary>
    public void Store(string name)
    {
        stores.Add(name);
        if (!TryGetOwn(name, out _))
        {
            loads[name] = IsKnownOutside(name) ? Load.Alias : Load.Undefined;
        }
    }

    /// <summary>The name is set on entry.</summary>
    public void Declare(string name)
    {
        stores.Add(name);
        loads[name] = Load.Parameter;
    }

    public Symbols Branch() => new(parent, this);

    /// <summary>Takes in what branches found. What only some of them set may keep the value that it had outside.</summary>
    public void Merge(params ReadOnlySpan<Symbols> branches)
    {
        HashSet<string> set = new(StringComparer.Ordinal);
        foreach (var branch in branches)
        {
            set.UnionWith(branch.stores.Where(name => !IsStored(name)));
        }

        foreach (var branch in branches)
        {
            foreach (var (name, load) in branch.loads)
            {
                loads[name] = load;
            }

            stores.UnionWith(branch.stores);
        }

        foreach (var name in set)
        {
            loads[name] = IsKnownOutside(name) ? Load.Alias : Load.Resolve;
        }
    }

    private bool IsStored(string name) => stores.Contains(name) || (whole?.IsStored(name) ?? false);

    private bool TryGetOwn(string name, [MaybeNullWhen(false)] out Load load) =>
        loads.TryGetValue(name, out load) || (whole is not null && whole.TryGetOwn(name, out load));

    private bool IsKnown(string name) => TryGetOwn(name, out _) || IsKnownOutside(name);

    private bool IsKnownOutside(string name) => parent?.IsKnown(name) ?? false;
}
