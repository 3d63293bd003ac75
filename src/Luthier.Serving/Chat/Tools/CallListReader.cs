using System.Text;

namespace Luthier.Serving.Chat.Tools;

/// <summary>
/// The text is a list of calls as <see cref="ForcedCalls.ListSchema"/> has it: a constraint makes it so. Each begins with
/// its name, and the text of its parameters is passed on as it is.
/// </summary>
internal sealed class CallListReader : ICallReader
{
    /// <summary>Within the list and a call; what lies deeper are parameters.</summary>
    private const int CallDepth = 2;

    private readonly StringBuilder word = new();
    private readonly StringBuilder arguments = new();
    private string key = "";
    private int depth;
    private int index = -1;
    private bool inString;
    private bool isEscaped;
    private bool inValue;

    private bool InParameters => inValue && key is "parameters";

    public string Read(string text, bool isEnd, List<CallPart> parts)
    {
        foreach (var character in text)
        {
            if (inString)
            {
                TakeInString(character, parts);
            }
            else
            {
                Take(character, parts);
            }
        }

        Flush(parts);
        return "";
    }

    private void TakeInString(char character, List<CallPart> parts)
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
            parts.Add(new CallPart(index, word.ToString(), ""));
        }
    }

    private void Take(char character, List<CallPart> parts)
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
                EndValue(parts);
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
                EndValue(parts);
                return;
        }

        if (InParameters && (depth > CallDepth || !char.IsWhiteSpace(character)))
        {
            arguments.Append(character);
        }
    }

    private void EndValue(List<CallPart> parts)
    {
        Flush(parts);
        inValue = false;
    }

    private void Flush(List<CallPart> parts)
    {
        if (arguments.Length > 0)
        {
            parts.Add(new CallPart(index, Name: null, arguments.ToString()));
            arguments.Clear();
        }
    }
}
