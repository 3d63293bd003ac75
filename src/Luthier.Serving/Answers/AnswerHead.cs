using System.Text.Json;

namespace Luthier.Serving.Answers;

/// <summary>The members that an answer and all its parts begin with.</summary>
/// <param name="Id">Of the request.</param>
/// <param name="Object">The kind of the answer.</param>
/// <param name="Created">When the request came, in seconds since 1970.</param>
/// <param name="Model">Who answers.</param>
internal sealed record AnswerHead(string Id, string Object, long Created, string Model)
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("id", Id);
        writer.WriteString("object", Object);
        writer.WriteNumber("created", Created);
        writer.WriteString("model", Model);
    }
}
