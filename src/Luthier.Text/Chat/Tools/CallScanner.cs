using System.Text;

namespace Luthier.Text.Chat.Tools;

/// <summary>How far the JSON of a call is.</summary>
internal enum CallProgress
{
    /// <summary>It goes on.</summary>
    Open,

    /// <summary>The object is closed and is a call.</summary>
    Complete,

    /// <summary>It is no JSON, or not that of a call.</summary>
    Failed,
}

/// <summary>
/// Takes the name and the arguments out of a call's JSON object while it comes in: <c>{"name": …, "arguments": …}</c>, in
/// either order, beside other members. Arguments may also be a string that holds their JSON.
/// </summary>
/// <param name="argumentNames">The names that the member with the arguments may have.</param>
/// <param name="needsArguments">Whether an object without arguments is no call.</param>
internal sealed class CallScanner(string[] argumentNames, bool needsArguments)
{
    private const string NoArguments = "{}";
    private const string Null = "null";

    private readonly JsonValidator json = new();
    private readonly StringBuilder text = new();
    private readonly StringBuilder arguments = new();
    private Member member;
    private bool hasArguments;
    private bool hasMoved;
    private bool isText;

    private enum Member
    {
        /// <summary>None, or one that means nothing here.</summary>
        Other,
        Name,
        Arguments,
    }

    /// <summary>The function, once it is known.</summary>
    public string? Name { get; private set; }

    /// <summary>Whether this is a call for certain, and its arguments have begun.</summary>
    public bool CanAnnounce =>
        Name is not null && (hasMoved || (arguments.Length > 0 && (isText || arguments[0] == '{')));

    /// <summary>Takes in a character; there must be none after the one that completes the call.</summary>
    public CallProgress Read(char c)
    {
        var depth = json.Depth;
        if (!json.Read(c))
        {
            return CallProgress.Failed;
        }

        var isRight = depth switch
        {
            0 => json.Role == JsonRole.Space || c == '{',
            1 when json.Depth == 1 => ReadMember(c),
            1 when json.Depth == 0 => true,
            _ => ReadInside(c),
        };
        return !isRight ? CallProgress.Failed
            : depth == 1 && json.Depth == 0 ? Finish()
            : CallProgress.Open;
    }

    /// <summary>Moves what came of the arguments since the last time.</summary>
    public void MoveArguments(StringBuilder target)
    {
        hasMoved |= arguments.Length > 0;
        target.Append(arguments);
        arguments.Clear();
    }

    // Within the object, but not within a list or object in it.
    private bool ReadMember(char c)
    {
        switch (json.Role)
        {
            case JsonRole.StringBegin:
                text.Clear();
                isText |= member == Member.Arguments;
                hasArguments |= isText;
                return true;
            case JsonRole.StringPart:
                if (json.Decoded is { } decoded)
                {
                    (member == Member.Arguments ? arguments : text).Append(decoded);
                }

                return true;
            case JsonRole.StringEnd:
                return json.IsKey ? BeginMember(text.ToString()) : EndText();
            case JsonRole.Scalar when member == Member.Arguments:
                hasArguments = true;
                arguments.Append(c);
                return true;
            case JsonRole.Scalar:
                return member != Member.Name;
            case JsonRole.Separator when c == ',':
                member = Member.Other;
                return true;
            default:
                return true;
        }
    }

    private bool BeginMember(string name)
    {
        member =
            name is "name" ? Member.Name
            : argumentNames.Contains(name, StringComparer.Ordinal) ? Member.Arguments
            : Member.Other;
        return !(member == Member.Name && Name is not null) && !(member == Member.Arguments && hasArguments);
    }

    private bool EndText()
    {
        if (member == Member.Name)
        {
            Name = text.Length > 0 ? text.ToString() : null;
            return Name is not null;
        }

        return true;
    }

    private bool ReadInside(char c)
    {
        if (member == Member.Arguments)
        {
            hasArguments = true;
            arguments.Append(c);
        }

        return member != Member.Name;
    }

    private CallProgress Finish()
    {
        if (Name is null || (needsArguments && !hasArguments))
        {
            return CallProgress.Failed;
        }

        if (!hasMoved && (arguments.Length == 0 || (!isText && arguments.Equals(Null.AsSpan()))))
        {
            arguments.Clear().Append(NoArguments);
        }

        return CallProgress.Complete;
    }
}
