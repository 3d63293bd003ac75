using System.Text;

namespace Luthier.Text.Chat.Tools;

/// <summary>
/// Calls as Hermes and Qwen write them: <c>&lt;tool_call&gt;{"name": …, "arguments": {…}}&lt;/tool_call&gt;</c>, any number
/// of them, with text before.
/// </summary>
internal sealed class HermesToolCallParser : ToolCallParser
{
    private const string Open = "<tool_call>";
    private const string Close = "</tool_call>";

    public override string Name => "hermes";

    private protected override ToolCallReader CreateReader(Func<string> newId, bool holdsCalls) =>
        new Reader(newId, holdsCalls);

    // Others use the same tag for calls in XML.
    private protected override bool IsAskedFor(string template) =>
        template.Contains(Open, StringComparison.Ordinal)
        && template.Contains("arguments", StringComparison.Ordinal)
        && !template.Contains("<function=", StringComparison.Ordinal)
        && !template.Contains("<arg_key>", StringComparison.Ordinal);

    private sealed class Reader(Func<string> newId, bool holdsCalls) : ToolCallReader(newId, holdsCalls)
    {
        private static readonly string[] ArgumentNames = ["arguments", "parameters"];

        private readonly TagMatcher opening = new(Open);
        private readonly TagMatcher either = new(Open, Close);

        /// <summary>White space that is no text if nothing else comes before a tag or the end.</summary>
        private readonly StringBuilder space = new();

        /// <summary>What stands between the JSON of a call and the tag that closes it.</summary>
        private readonly StringBuilder rest = new();
        private bool isAfterJson;
        private bool hasText;

        private protected override void Read(char c)
        {
            if (!IsInCall)
            {
                ReadBetween(c);
                return;
            }

            switch (ReadCall(c))
            {
                case CallProgress.Complete:
                    isAfterJson = true;
                    break;
                case CallProgress.Failed:
                    // A call that went out already is over; otherwise all of it was text.
                    isAfterJson = HasFailedCall;
                    hasText = !isAfterJson;
                    ReadBetween(c);
                    break;
            }
        }

        private protected override void ReadEnd()
        {
            rest.Append(either.Release());
            var left = isAfterJson ? rest.ToString() : opening.Release();
            if (!string.IsNullOrWhiteSpace(left))
            {
                Write(space.ToString() + left);
            }
            else if (!HasCalls)
            {
                Write(space.ToString());
            }
        }

        private void ReadBetween(char c)
        {
            if (isAfterJson)
            {
                ReadAfterJson(c);
            }
            else
            {
                ReadText(c);
            }
        }

        private void ReadAfterJson(char c)
        {
            var match = either.Read(c, out var text);
            rest.Append(text);
            if (match == TagMatch.None)
            {
                rest.Append(c);
            }
            else if (match == TagMatch.Complete)
            {
                rest.Clear();
                isAfterJson = false;
                hasText = false;
                if (either.Tag is Open)
                {
                    BeginCall(Open, ArgumentNames, needsArguments: false);
                }
            }
        }

        private void ReadText(char c)
        {
            var match = opening.Read(c, out var text);
            WriteText(text);
            if (match == TagMatch.None && !hasText && char.IsWhiteSpace(c))
            {
                space.Append(c);
            }
            else if (match == TagMatch.None)
            {
                WriteText(c.ToString());
            }
            else if (match == TagMatch.Complete)
            {
                BeginCall(space + Open, ArgumentNames, needsArguments: false);
                space.Clear();
                hasText = false;
            }
        }

        private void WriteText(string text)
        {
            if (text.Length > 0)
            {
                Write(space + text);
                space.Clear();
                hasText = true;
            }
        }
    }
}
