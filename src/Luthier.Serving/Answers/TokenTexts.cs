using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Luthier.Text;

namespace Luthier.Serving.Answers;

/// <summary>What single tokens spell, for answers that tell their probabilities; each is found once.</summary>
internal sealed class TokenTexts(Tokenizer tokenizer)
{
    private readonly ConcurrentDictionary<int, TokenText> texts = new();

    public TokenText Of(int token) =>
        texts.GetOrAdd(token, id => new TokenText(tokenizer.BytesOf(id) is { } bytes ? bytes : []));
}

/// <summary>What a token adds to a text that it goes on.</summary>
/// <param name="bytes">In UTF-8; perhaps a part of a character.</param>
internal sealed class TokenText(byte[] bytes)
{
    /// <summary>As text; a part of a character becomes U+FFFD.</summary>
    public string Text { get; } = Encoding.UTF8.GetString(bytes);

    public void WriteBytes(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("bytes");
        foreach (var value in bytes)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }
}
