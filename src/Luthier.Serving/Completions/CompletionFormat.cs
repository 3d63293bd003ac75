using System.Text.Json;
using Luthier.Serving.Answers;
using Luthier.Serving.Choices;
using Luthier.Serving.Fields;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Completions;

/// <summary>Texts of <c>/v1/completions</c>; a part is written like a whole.</summary>
internal sealed class CompletionFormat(ServedModel model, GenerationFields fields, bool echo) : AnswerFormat
{
    public override string Object => "text_completion";

    public override string ChunkObject => "text_completion";

    public override void WriteWhole(Utf8JsonWriter writer, Choice choice) => WritePart(writer, choice);

    public override void WritePart(Utf8JsonWriter writer, Choice choice)
    {
        var prompt = echo && !choice.IsBegun ? model.Tokenizer.Decode(choice.Prompt, skipSpecialTokens: true) : "";
        writer.WriteNumber("index", choice.Index);
        writer.WriteString("text", prompt + choice.Text);
        writer.WriteNull("logprobs");
        FinishFields.Write(writer, choice, model);
        if (fields.ReturnTokenIds)
        {
            if (!choice.IsBegun)
            {
                writer.WriteIds("prompt_token_ids", choice.Prompt);
            }

            writer.WriteIds("token_ids", choice.Tokens);
        }
    }
}
