using Luthier.Text.Jinja.Binding;
using Luthier.Text.Jinja.Syntax;

namespace Luthier.Text.Jinja.Tree;

/// <summary>
/// A part of a template. It is read (1) by <see cref="Declare"/>, which tells a scope what names it reads and sets,
/// (2) by <see cref="Bind"/>, which finds where those names are, and then runs any number of times.
/// </summary>
internal abstract class Node(Position position)
{
    /// <summary>Deeper trees are refused: everything that reads them calls itself.</summary>
    private const int MaximumHeight = 500;

    public Position Position => position;

    /// <summary>Parts on the longest way down, this one included.</summary>
    public int Height { get; private set; } = 1;

    /// <summary>The parts, in the order in which names in them are looked at.</summary>
    public abstract IEnumerable<Node> Children { get; }

    /// <summary>Tells the symbols of the scope that this stands in which names it reads and sets there.</summary>
    public virtual void Declare(Symbols symbols)
    {
        foreach (var child in Children)
        {
            child.Declare(symbols);
        }
    }

    /// <summary>Finds the names, and checks what can be checked before anything runs.</summary>
    /// <exception cref="JinjaException">Something is not allowed where it stands.</exception>
    public virtual void Bind(Scope scope)
    {
        foreach (var child in Children)
        {
            child.Bind(scope);
        }
    }

    /// <summary>To be called when the children are set.</summary>
    /// <exception cref="JinjaException">The tree is too deep.</exception>
    protected void Measure()
    {
        foreach (var child in Children)
        {
            Height = Math.Max(Height, child.Height + 1);
        }

        if (Height > MaximumHeight)
        {
            throw new JinjaException(JinjaErrorKind.Limit, $"more than {MaximumHeight} parts are nested", position);
        }
    }

    /// <summary>Whether the first thing that happens to a name in these parts is that it is read.</summary>
    public static bool ReadsFirst(IEnumerable<Node> nodes, string name) =>
        nodes.Select(node => node.FirstUse(name)).FirstOrDefault(isRead => isRead is not null) ?? false;

    /// <summary>Whether the name is read first, or set; null where it does not occur.</summary>
    protected virtual bool? FirstUse(string name)
    {
        foreach (var child in Children)
        {
            if (child.FirstUse(name) is { } isRead)
            {
                return isRead;
            }
        }

        return null;
    }
}
