namespace Luthier.Text.Chat.Tools;

/// <summary>What came of a character that may belong to a tag.</summary>
internal enum TagMatch
{
    /// <summary>The character begins a tag or goes on with it: it is held back.</summary>
    Held,

    /// <summary>The tag is complete.</summary>
    Complete,

    /// <summary>The character is none of a tag's; what was held back before it is text.</summary>
    None,
}

/// <summary>Looks for tags in text. All begin with the same character, which does not come again in them.</summary>
internal sealed class TagMatcher(params string[] tags)
{
    /// <summary>The beginning of a tag that was held back.</summary>
    public string Held { get; private set; } = "";

    /// <summary>The tag that is complete.</summary>
    public string Tag { get; private set; } = "";

    /// <param name="c">The next character.</param>
    /// <param name="text">What was held back until now and is no part of a tag.</param>
    public TagMatch Read(char c, out string text)
    {
        text = "";
        if (Held.Length == 0 && c != tags[0][0])
        {
            return TagMatch.None;
        }

        var longer = Held + c;
        if (!IsBeginning(longer))
        {
            text = Held;
            Held = "";
            longer = c.ToString();
            if (!IsBeginning(longer))
            {
                return TagMatch.None;
            }
        }

        if (!tags.Contains(longer, StringComparer.Ordinal))
        {
            Held = longer;
            return TagMatch.Held;
        }

        Held = "";
        Tag = longer;
        return TagMatch.Complete;
    }

    /// <summary>Gives up what is held back.</summary>
    public string Release()
    {
        var held = Held;
        Held = "";
        return held;
    }

    private bool IsBeginning(string text) => Array.Exists(tags, tag => tag.StartsWith(text, StringComparison.Ordinal));
}
