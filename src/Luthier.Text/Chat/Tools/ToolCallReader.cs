using System.Text;

namespace Luthier.Text.Chat.Tools;

/// <summary>
/// Reads a reply character by character, so that how it is cut into pieces changes nothing. Serves one reply, and one
/// thread at a time.
/// </summary>
public abstract class ToolCallReader
{
    private readonly Func<string> newId;
    private readonly bool holdsCalls;
    private readonly StringBuilder content = new();
    private readonly StringBuilder arguments = new();
    private readonly StringBuilder raw = new();
    private List<ReplyPart> parts = [];
    private CallScanner? scanner;
    private bool isAnnounced;
    private int calls;

    /// <param name="newId">Makes the ids of calls.</param>
    /// <param name="holdsCalls">Whether a call goes out only when it is complete.</param>
    private protected ToolCallReader(Func<string> newId, bool holdsCalls)
    {
        this.newId = newId;
        this.holdsCalls = holdsCalls;
    }

    /// <summary>Whether a call was found so far.</summary>
    public bool HasCalls => calls > 0;

    /// <summary>Whether a call is being read.</summary>
    private protected bool IsInCall => scanner is not null;

    /// <summary>Whether the call that was read last went out and then turned out to be no JSON.</summary>
    private protected bool HasFailedCall { get; private set; }

    /// <summary>Takes in more of the reply, and gives out what is certain by now.</summary>
    public IReadOnlyList<ReplyPart> Push(string text)
    {
        foreach (var c in text)
        {
            Read(c);
        }

        return Take();
    }

    /// <summary>The reply is over: gives out what was held back.</summary>
    public IReadOnlyList<ReplyPart> End()
    {
        if (scanner is not null)
        {
            Abandon();
        }

        ReadEnd();
        return Take();
    }

    private protected abstract void Read(char c);

    private protected abstract void ReadEnd();

    private protected void Write(string text) => content.Append(text);

    private protected void Write(char c) => content.Append(c);

    /// <summary>Begins a call.</summary>
    /// <param name="opening">What stands before its JSON and is text if it turns out to be none.</param>
    /// <param name="argumentNames">The names that the member with the arguments may have.</param>
    /// <param name="needsArguments">Whether an object without arguments is no call.</param>
    private protected void BeginCall(string opening, string[] argumentNames, bool needsArguments)
    {
        raw.Clear().Append(opening);
        scanner = new CallScanner(argumentNames, needsArguments);
        isAnnounced = false;
    }

    /// <summary>Gives a character to the call that is being read.</summary>
    private protected CallProgress ReadCall(char c)
    {
        var progress = scanner!.Read(c);
        if (progress == CallProgress.Failed)
        {
            Abandon();
            return progress;
        }

        raw.Append(c);
        var isComplete = progress == CallProgress.Complete;
        if (isComplete || (scanner.CanAnnounce && !holdsCalls))
        {
            Announce();
            scanner.MoveArguments(arguments);
        }

        if (isComplete)
        {
            Flush();
            scanner = null;
        }

        return progress;
    }

    private void Announce()
    {
        if (isAnnounced)
        {
            return;
        }

        Flush();
        isAnnounced = true;
        parts.Add(new ToolCallPart(calls++, newId(), scanner!.Name, ""));
    }

    private void Abandon()
    {
        HasFailedCall = isAnnounced;
        if (!isAnnounced)
        {
            Write(raw.ToString());
        }

        Flush();
        scanner = null;
    }

    private void Flush()
    {
        if (content.Length > 0)
        {
            parts.Add(new ContentPart(content.ToString()));
            content.Clear();
        }

        if (arguments.Length > 0)
        {
            parts.Add(new ToolCallPart(calls - 1, null, null, arguments.ToString()));
            arguments.Clear();
        }
    }

    private List<ReplyPart> Take()
    {
        Flush();
        var taken = parts;
        parts = [];
        return taken;
    }
}
