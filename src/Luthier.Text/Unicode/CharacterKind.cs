namespace Luthier.Text.Unicode;

/// <summary>What a character is to a splitting pattern: the properties that \p{L}, \p{N}, \s and the like test.</summary>
[Flags]
internal enum CharacterKind : byte
{
    /// <summary>Control, format, unassigned or private; in <see cref="CharacterKinds.Basic"/> also a surrogate.</summary>
    None = 0,
    Letter = 1,
    Number = 2,
    Space = 4,
    LineBreak = 8,
    Mark = 16,
    Punctuation = 32,
    Symbol = 64,
}
