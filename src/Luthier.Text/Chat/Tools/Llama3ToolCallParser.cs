using System.Text;

namespace Luthier.Text.Chat.Tools;

/// <summary>
/// Calls as Llama 3 writes them: a reply that is nothing but <c>{"name": …, "parameters": {…}}</c>, several divided by
/// semicolons or line feeds, or such after <c>&lt;|python_tag|&gt;</c>.
/// </summary>
internal sealed class Llama3ToolCallParser : ToolCallParser
{
    private const string PythonTag = "<|python_tag|>";

    public override string Name => "llama3_json";

    private protected override ToolCallReader CreateReader(Func<string> newId, bool holdsCalls) =>
        new Reader(newId, holdsCalls);

    private protected override bool IsAskedFor(string template) =>
        template.Contains("{\"name\": function name, \"parameters\":", StringComparison.Ordinal)
        || template.Contains(PythonTag, StringComparison.Ordinal);

    private sealed class Reader(Func<string> newId, bool holdsCalls) : ToolCallReader(newId, holdsCalls)
    {
        private static readonly string[] ArgumentNames = ["parameters", "arguments"];

        private readonly TagMatcher tag = new(PythonTag);

        /// <summary>What is no text if a call follows: white space, semicolons after a call, the tag.</summary>
        private readonly StringBuilder before = new();

        /// <summary>Whether a call may begin here.</summary>
        private bool mayBegin = true;
        private bool isAfterCall;

        private protected override void Read(char c)
        {
            if (!IsInCall)
            {
                ReadText(c);
                return;
            }

            var progress = ReadCall(c);
            mayBegin = progress == CallProgress.Complete;
            isAfterCall = mayBegin;
            if (progress == CallProgress.Failed)
            {
                ReadText(c);
            }
        }

        private protected override void ReadEnd()
        {
            before.Append(tag.Release());
            if (!isAfterCall || !IsBlank(before))
            {
                Write(before.ToString());
            }
        }

        private void ReadText(char c)
        {
            var match = tag.Read(c, out var text);
            WriteText(text);
            if (match == TagMatch.Complete)
            {
                before.Append(PythonTag);
                mayBegin = true;
            }
            else if (match == TagMatch.None && mayBegin && c == '{')
            {
                BeginCall(isAfterCall ? "" : before.ToString(), ArgumentNames, needsArguments: true);
                before.Clear();
                mayBegin = false;
                ReadCall(c);
            }
            else if (match == TagMatch.None && mayBegin && (char.IsWhiteSpace(c) || (isAfterCall && c == ';')))
            {
                before.Append(c);
            }
            else if (match == TagMatch.None)
            {
                WriteText(c.ToString());
            }
        }

        private void WriteText(string text)
        {
            if (text.Length > 0)
            {
                Write(isAfterCall ? text : before + text);
                before.Clear();
                mayBegin = false;
                isAfterCall = false;
            }
        }

        private static bool IsBlank(StringBuilder text)
        {
            for (var i = 0; i < text.Length; i++)
            {
                if (!char.IsWhiteSpace(text[i]) && text[i] != ';')
                {
                    return false;
                }
            }

            return true;
        }
    }
}
