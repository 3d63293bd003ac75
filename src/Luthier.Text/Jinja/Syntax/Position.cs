namespace Luthier.Text.Jinja.Syntax;

/// <summary>A place in a template: line and character of the line, both from 1.</summary>
internal readonly record struct Position(int Line, int Column);
