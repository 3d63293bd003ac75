using System.Text;
using Luthier.Serving.Chat.Tools;
using Luthier.Serving.Choices;

namespace Luthier.Serving.Chat;

/// <summary>A message as far as it has come, taken apart into text and calls of tools.</summary>
/// <param name="reader">Finds the calls; null: there are none.</param>
internal sealed class ChatText(ICallReader? reader)
{
    private readonly List<string> ids = [];

    /// <summary>Whether there is a call.</summary>
    public bool HasCalls => ids.Count > 0;

    /// <summary>Takes what is new of a text.</summary>
    /// <returns>More text for the message, and more of its calls.</returns>
    public (string Text, IReadOnlyList<(CallPart Part, string Id)> Calls) Take(Choice choice)
    {
        if (reader is null)
        {
            return (choice.Text, []);
        }

        var parts = new List<CallPart>();
        var text = reader.Read(choice.Text, choice.Finish is not null, parts);
        return (text, [.. parts.Select(part => (part, IdOf(part.Index)))]);
    }

    /// <summary>The calls with all of their arguments.</summary>
    public static IReadOnlyList<(string Id, string Name, string Arguments)> Whole(
        IReadOnlyList<(CallPart Part, string Id)> calls
    ) =>
        [
            .. calls
                .GroupBy(call => call.Id, StringComparer.Ordinal)
                .Select(group =>
                    (
                        group.Key,
                        group.Select(call => call.Part.Name).FirstOrDefault(name => name is not null) ?? "",
                        group.Aggregate(new StringBuilder(), (t, call) => t.Append(call.Part.Arguments)).ToString()
                    )
                ),
        ];

    private string IdOf(int index)
    {
        while (ids.Count <= index)
        {
            ids.Add($"call_{Guid.NewGuid():N}");
        }

        return ids[index];
    }
}
