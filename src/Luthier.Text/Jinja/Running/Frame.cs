namespace Luthier.Text.Jinja.Running;

/// <summary>The variables of one scope while it runs: of the template, of a round of a loop, of a call of a macro.</summary>
internal sealed class Frame(Frame? parent, object?[] slots)
{
    public object?[] Slots => slots;

    /// <summary>The frame so many scopes further out.</summary>
    public Frame Outer(int hops)
    {
        var frame = this;
        for (; hops > 0; hops--)
        {
            frame = frame.Parent!;
        }

        return frame;
    }

    public Frame? Parent => parent;
}
