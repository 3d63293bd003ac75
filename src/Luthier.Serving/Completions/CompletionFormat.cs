using System.Text.Json;
using Luthier.Generation.Sampling;
using Luthier.Serving.Answers;
using Luthier.Serving.Choices;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Completions;

/// <summary>Texts of <c>/v1/completions</c>; a part is written like a whole.</summary>
internal sealed class CompletionFormat(ServedModel model, CompletionRequest request) : AnswerFormat
{
    /// <summary>Characters of each text that its tokens so far spell.</summary>
    private readonly Dictionary<Choice, int> offsets = [];

    public override string Object => "text_completion";

    public override string ChunkObject => "text_completion";

    public override void WriteWhole(Utf8JsonWriter writer, Choice choice)
    {
        WritePart(writer, choice);
        if (request.Fields.PromptLogprobs is not null)
        {
            LogprobFields.WritePrompt(writer, model.TokenTexts, choice.Stream.PromptLogprobs);
        }
    }

    public override void WritePart(Utf8JsonWriter writer, Choice choice)
    {
        var echoes = request.Echo && !choice.IsBegun;
        var prompt = echoes ? model.Tokenizer.Decode(choice.Prompt, request.Fields.Options.SkipSpecialTokens) : "";
        writer.WriteNumber("index", choice.Index);
        writer.WriteString("text", prompt + choice.Text);
        if (request.Logprobs is null)
        {
            writer.WriteNull("logprobs");
        }
        else
        {
            var offset = offsets.GetValueOrDefault(choice);
            offsets[choice] = LogprobFields.WriteCompletion(writer, model.TokenTexts, Tokens(choice, echoes), offset);
        }

        FinishFields.Write(writer, choice, model);
        if (request.Fields.ReturnTokenIds)
        {
            if (!choice.IsBegun)
            {
                writer.WriteIds("prompt_token_ids", choice.Prompt);
            }

            writer.WriteIds("token_ids", choice.Tokens);
        }
    }

    private static List<(int Token, TokenLogprobs? Known)> Tokens(Choice choice, bool echoes)
    {
        var tokens = new List<(int, TokenLogprobs?)>();
        if (echoes)
        {
            tokens.AddRange(choice.Prompt.Zip(choice.Stream.PromptLogprobs ?? []));
        }

        tokens.AddRange(choice.Tokens.Zip(choice.Logprobs.Select(known => (TokenLogprobs?)known)));
        return tokens;
    }
}
