namespace Luthier.Text.Jinja.Running;

/// <summary>How to go on after a statement.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}
