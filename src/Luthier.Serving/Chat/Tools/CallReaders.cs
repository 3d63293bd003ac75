namespace Luthier.Serving.Chat.Tools;

/// <summary>What came of a call to a tool.</summary>
/// <param name="Index">Which call.</param>
/// <param name="Name">The function, with the first that is known of the call; null afterwards.</param>
/// <param name="Arguments">More of its arguments, JSON text.</param>
internal readonly record struct CallPart(int Index, string? Name, string Arguments);

/// <summary>Finds text and calls in what the model writes, as it comes. One per text.</summary>
internal interface ICallReader
{
    /// <summary>Takes more of the text.</summary>
    /// <param name="text">What came.</param>
    /// <param name="isEnd">Whether it is the last.</param>
    /// <param name="parts">Gets what is known of calls now.</param>
    /// <returns>What is text for the reader of the message.</returns>
    string Read(string text, bool isEnd, List<CallPart> parts);
}

/// <summary>All text is the arguments of one function.</summary>
internal sealed class NamedCallReader(string name) : ICallReader
{
    private bool isBegun;

    public string Read(string text, bool isEnd, List<CallPart> parts)
    {
        if (text.Length > 0 || !isBegun)
        {
            parts.Add(new CallPart(0, isBegun ? null : name, text));
            isBegun = true;
        }

        return "";
    }
}
