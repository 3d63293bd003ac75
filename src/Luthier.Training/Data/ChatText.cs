using Luthier.Text.Prompts;

namespace Luthier.Training.Data;

/// <summary>A reply and everything that stands before it, back to the reply before.</summary>
internal readonly record struct ChatTurn(string Prompt, string Reply);

/// <summary>Conversations as text. Each list of turns is tokenized as one text; what comes after the last reply is dropped.</summary>
internal static class ChatText
{
    /// <summary>Begins a message in ChatML.</summary>
    public const string MessageStart = "<|im_start|>";

    /// <summary>Ends a message in ChatML.</summary>
    public const string MessageEnd = "<|im_end|>";

    /// <summary>
    /// <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c> for each message; the end of a reply belongs to it, the
    /// line feed after it to the next prompt.
    /// </summary>
    public static IEnumerable<IReadOnlyList<ChatTurn>> Chatml(IReadOnlyList<ChatMessage> messages)
    {
        List<ChatTurn> turns = [];
        var prompt = "";
        foreach (var (role, content) in messages)
        {
            if (role == ChatRole.Assistant)
            {
                turns.Add(new ChatTurn($"{prompt}{MessageStart}assistant\n", content + MessageEnd));
                prompt = "\n";
            }
            else
            {
                var name = role == ChatRole.System ? "system" : "user";
                prompt += $"{MessageStart}{name}\n{content}{MessageEnd}\n";
            }
        }

        return [turns];
    }

    /// <summary>
    /// What comes before a reply, joined by blank lines, is the instruction of the template; each pair of them is a text
    /// of its own, to be ended by the end-of-text token.
    /// </summary>
    public static IEnumerable<IReadOnlyList<ChatTurn>> Template(
        IReadOnlyList<ChatMessage> messages,
        PromptTemplate template
    )
    {
        List<string> asked = [];
        foreach (var (role, content) in messages)
        {
            if (role == ChatRole.Assistant)
            {
                yield return [new ChatTurn(template.Render(string.Join("\n\n", asked), ""), content)];
                asked.Clear();
            }
            else
            {
                asked.Add(content);
            }
        }
    }
}
