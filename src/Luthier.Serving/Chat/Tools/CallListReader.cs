using System.Text;
using Luthier.Text.Chat.Tools;

namespace Luthier.Serving.Chat.Tools;

/// <summary>
/// The text is a list of calls as <see cref="ForcedCalls.ListSchema"/> has it: a constraint makes it so. Each begins with
/// its name, and the text of its parameters is passed on as it is.
/// </summary>
internal sealed class CallListReader : ReplyReader
{
    /// <summary>Within the list and a call; what lies deeper are parameters.</summary>
    private const int CallDepth = 2;

    private readonly List<ReplyPart> parts = [];
    private readonly StringBuilder word = new();
    private readonly StringBuilder arguments = new();
    private string key = "";
    private int depth;
    private int index = -1;
    private bool inString;
    private bool isEscaped;
    private bool inValue;

    private bool InParameters => inValue && key is "parameters";

    public override IReadOnlyList<ReplyPart> Read(string text, bool isEnd)
    {
        parts.Clear();
        foreach (var character in text)
        {
            if (inString)
            {
                TakeInString(character);
            }
            else
            {
                Take(character);
            }
        }

        Flush();
        return [.. parts];
    }

    private void TakeInString(char character)
    {
        var isEnd = !isEscaped && character == '"';
        isEscaped = !isEscaped && character == '\\';
        inString = !isEnd;
        if (InParameters)
        {
            arguments.Append(character);
        }
        else if (!isEnd)
        {
            word.Append(character);
        }
        else if (inValue && key is "name")
        {
            parts.Add(new ToolCallPart(index, NewId(), word.ToString(), ""));
        }
    }

    private void Take(char character)
    {
        switch (character)
        {
            case '"':
                inString = true;
                word.Clear();
                break;
            case '{' or '[':
                depth++;
                index += depth == CallDepth ? 1 : 0;
                break;
            case '}' or ']' when depth == CallDepth:
                EndValue();
                depth--;
                return;
            case '}' or ']':
                depth--;
                break;
            case ':' when depth == CallDepth && !inValue:
                key = word.ToString();
                inValue = true;
                return;
            case ',' when depth == CallDepth:
                EndValue();
                return;
        }

        if (InParameters && (depth > CallDepth || !char.IsWhiteSpace(character)))
        {
            arguments.Append(character);
        }
    }

    private void EndValue()
    {
        Flush();
        inValue = false;
    }

    private void Flush()
    {
        if (arguments.Length > 0)
        {
            parts.Add(new ToolCallPart(index, Id: null, Name: null, arguments.ToString()));
            arguments.Clear();
        }
    }
}
