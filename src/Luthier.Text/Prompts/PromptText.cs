using System.Text;
using Luthier.Formats.Json;

namespace Luthier.Text.Prompts;

/// <summary>A prompt cut at its placeholders, so that what is put in is never taken for a placeholder itself.</summary>
internal sealed class PromptText
{
    private const string Instruction = "{instruction}";
    private const string Input = "{input}";

    private readonly List<Part> parts = [];

    /// <exception cref="Formats.InvalidFileException">A placeholder is missing, not known or not closed.</exception>
    public static PromptText Parse(JsonField field, bool mayHaveInput)
    {
        var text = field.AsString();
        var prompt = new PromptText();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var rest = text.AsSpan(i);
            var placeholder =
                rest.StartsWith(Instruction) ? Instruction
                : mayHaveInput && rest.StartsWith(Input) ? Input
                : null;
            if (placeholder is not null)
            {
                prompt.parts.Add(new(literal.ToString(), placeholder));
                literal.Clear();
                i += placeholder.Length - 1;
            }
            else if (text[i] is not ('{' or '}'))
            {
                literal.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == text[i])
            {
                literal.Append(text[i++]);
            }
            else
            {
                var known = mayHaveInput ? $"{Instruction} or {Input}" : Instruction;
                throw field.Invalid($"character {i} is a lone brace, expected {known}, or two braces for one");
            }
        }

        prompt.parts.Add(new(literal.ToString(), null));
        prompt.Require(Instruction, field);
        if (mayHaveInput)
        {
            prompt.Require(Input, field);
        }

        return prompt;
    }

    public string Fill(string instruction, string input)
    {
        var result = new StringBuilder();
        foreach (var (literal, placeholder) in parts)
        {
            result.Append(literal);
            result.Append(
                placeholder switch
                {
                    Instruction => instruction,
                    Input => input,
                    _ => "",
                }
            );
        }

        return result.ToString();
    }

    private void Require(string placeholder, JsonField field)
    {
        if (!parts.Exists(part => string.Equals(part.Placeholder, placeholder, StringComparison.Ordinal)))
        {
            throw field.Invalid($"the placeholder {placeholder} is missing");
        }
    }

    /// <summary>Text to copy, then perhaps a placeholder.</summary>
    private readonly record struct Part(string Literal, string? Placeholder);
}
