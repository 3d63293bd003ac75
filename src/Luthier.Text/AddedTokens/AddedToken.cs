namespace Luthier.Text.AddedTokens;

/// <summary>A token that is found in the text before anything else looks at it.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
/// <param name="SingleWord">Only where no letter, digit or underscore touches it.</param>
/// <param name="StripLeft">It takes the white space before it.</param>
/// <param name="StripRight">It takes the white space after it.</param>
/// <param name="Normalized">It is sought in the normalized text rather than in the text as given.</param>
/// <param name="Special">It steers the model and is left out of decoded text on request.</param>
/// <param name="Hidden">It is never found in text, only put in by its id.</param>
internal sealed record AddedToken(
    string Content,
    int Id,
    bool SingleWord = false,
    bool StripLeft = false,
    bool StripRight = false,
    bool Normalized = false,
    bool Special = false,
    bool Hidden = false
);
