using System.Text.Json;
using Luthier.Serving.Choices;

namespace Luthier.Serving.Answers;

/// <summary>How an endpoint writes its texts, whole or in parts. One per request: it may keep what is held back.</summary>
internal abstract class AnswerFormat
{
    /// <summary>The kind of a whole answer, its member <c>object</c>.</summary>
    public abstract string Object { get; }

    /// <summary>The kind of a part.</summary>
    public abstract string ChunkObject { get; }

    /// <summary>Writes the members of a whole text.</summary>
    public abstract void WriteWhole(Utf8JsonWriter writer, Choice choice);

    /// <summary>Writes members that a whole answer has besides.</summary>
    public virtual void WriteEnd(Utf8JsonWriter writer, IReadOnlyList<Choice> choices) { }

    /// <summary>Whether texts have a part that opens them, before any token.</summary>
    public virtual bool HasOpening => false;

    /// <summary>Writes the members of that part.</summary>
    public virtual void WriteOpening(Utf8JsonWriter writer, Choice choice) => throw new NotSupportedException();

    /// <summary>Writes the members of a part: what came since the last.</summary>
    public abstract void WritePart(Utf8JsonWriter writer, Choice choice);
}
