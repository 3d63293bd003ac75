using System.Text.Json;
using Luthier.Generation;
using Luthier.Serving.Choices;
using Luthier.Serving.Models;

namespace Luthier.Serving.Answers;

/// <summary>The members that say why a text ended: null while it goes on.</summary>
internal static class FinishFields
{
    /// <summary><c>finish_reason</c>, and <c>stop_reason</c>: the stop string or token of the request that ended it.</summary>
    /// <param name="writer">Where to write.</param>
    /// <param name="choice">The text.</param>
    /// <param name="model">Its own end tokens are the plain case and no reason to name.</param>
    /// <param name="reason">What to say instead of stop, if anything.</param>
    public static void Write(Utf8JsonWriter writer, Choice choice, ServedModel model, string reason = "stop")
    {
        writer.WriteString(
            "finish_reason",
            choice.Finish switch
            {
                null => null,
                FinishReason.Length => "length",
                _ => reason,
            }
        );
        var stream = choice.Finish == FinishReason.Stop ? choice.Stream : null;
        if (stream?.StopToken is { } token && !model.Ends(token))
        {
            writer.WriteNumber("stop_reason", token);
        }
        else
        {
            writer.WriteString("stop_reason", stream?.StopString);
        }
    }
}
