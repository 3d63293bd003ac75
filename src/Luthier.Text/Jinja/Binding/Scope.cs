using System.Diagnostics;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Binding;

/// <summary>Where a variable is: so many scopes further out, at a slot of the frame there.</summary>
internal readonly record struct Address(int Hops, int Slot);

/// <summary>A scope with all its variables, as statements and expressions are bound to it.</summary>
internal sealed class Scope
{
    private const int VariablesPerStep = 16;

    private readonly Scope? parent;
    private readonly Dictionary<string, int> slots = new(StringComparer.Ordinal);
    private readonly List<(int Slot, Address From)> aliases = [];
    private readonly List<(int Slot, string Name)> inputs = [];

    private Scope(Scope? parent, Symbols symbols)
    {
        this.parent = parent;
        Symbols = symbols;
        foreach (var (name, load) in symbols.Loads)
        {
            var slot = slots.Count;
            slots[name] = slot;
            if (load == Load.Alias)
            {
                aliases.Add((slot, parent!.Find(name)));
            }
            else if (load == Load.Resolve)
            {
                inputs.Add((slot, name));
            }
        }
    }

    private Scope(Scope soft)
    {
        parent = soft.parent;
        Symbols = soft.Symbols;
        slots = soft.slots;
        IsConditional = true;
        IsInLoop = soft.IsInLoop;
    }

    public Symbols Symbols { get; }

    /// <summary>Whether this is a branch of an <c>if</c>, where an unknown filter is an error only when it is reached.</summary>
    public bool IsConditional { get; }

    /// <summary>Whether <c>break</c> and <c>continue</c> have a loop to act on.</summary>
    public bool IsInLoop { get; private init; }

    /// <summary>A scope inside of another, or the outermost one.</summary>
    /// <param name="parent">The scope around it.</param>
    /// <param name="declare">Reads its statements in order.</param>
    /// <param name="isInLoop">Whether a loop can be left from it; null: as from the scope around it.</param>
    public static Scope Create(Scope? parent, Action<Symbols> declare, bool? isInLoop = null)
    {
        var symbols = new Symbols(parent?.Symbols);
        declare(symbols);
        return new Scope(parent, symbols) { IsInLoop = isInLoop ?? parent?.IsInLoop ?? false };
    }

    /// <summary>The same scope, for what runs only under a condition.</summary>
    public Scope Conditional() => IsConditional ? this : new Scope(this);

    /// <summary>Where a name that was declared is.</summary>
    public Address Find(string name)
    {
        var hops = 0;
        for (var scope = this; scope is not null; scope = scope.parent, hops++)
        {
            if (scope.slots.TryGetValue(name, out var slot))
            {
                return new Address(hops, slot);
            }
        }

        throw new UnreachableException($"the name {name} was not declared");
    }

    /// <summary>The variables at the beginning of the scope.</summary>
    public Frame Enter(RenderContext context, Frame? outer)
    {
        context.Step((slots.Count / VariablesPerStep) + inputs.Count + aliases.Count);
        var values = new object?[slots.Count];
        Array.Fill(values, Missing.Value);
        foreach (var (slot, name) in inputs)
        {
            values[slot] = context.Resolve(name);
        }

        foreach (var (slot, from) in aliases)
        {
            values[slot] = outer!.Outer(from.Hops).Slots[from.Slot];
        }

        return new Frame(outer, values);
    }
}
