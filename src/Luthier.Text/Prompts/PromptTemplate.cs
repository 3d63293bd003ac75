using Luthier.Formats;
using Luthier.Formats.Json;

namespace Luthier.Text.Prompts;

/// <summary>
/// How an instruction and its input become a prompt: a JSON object with <c>prompt_input</c>, <c>prompt_no_input</c>,
/// <c>response_split</c> and, if one likes, <c>description</c>, as Alpaca-LoRA has it. In the prompts
/// <c>{instruction}</c> and <c>{input}</c> are placeholders, <c>{{</c> and <c>}}</c> stand for braces.
/// </summary>
public sealed class PromptTemplate
{
    private const string ResourcePrefix = "Prompts/";
    private readonly PromptText withInput;
    private readonly PromptText withoutInput;

    private PromptTemplate(JsonField root)
    {
        Description = root.Find("description")?.AsString() ?? "";
        withInput = PromptText.Parse(root["prompt_input"], mayHaveInput: true);
        withoutInput = PromptText.Parse(root["prompt_no_input"], mayHaveInput: false);
        ResponseSplit = root["response_split"].AsString() is { Length: > 0 } split
            ? split
            : throw root["response_split"].Expected("a string that is not empty");
    }

    /// <summary>The names of the templates that come with the product.</summary>
    public static IReadOnlyList<string> BuiltInNames { get; } = ["alpaca", "alpaca_legacy", "alpaca_short"];

    /// <summary>What the template is for; may be empty.</summary>
    public string Description { get; }

    /// <summary>What comes right before the answer.</summary>
    public string ResponseSplit { get; }

    /// <summary>Loads a built-in template by name, or a template file by path, with or without its <c>.json</c>.</summary>
    /// <exception cref="FileNotFoundException">There is neither.</exception>
    /// <exception cref="InvalidFileException">The file is not a template.</exception>
    public static PromptTemplate Load(string nameOrPath)
    {
        if (BuiltInNames.Contains(nameOrPath, StringComparer.Ordinal))
        {
            using var stream = typeof(PromptTemplate).Assembly.GetManifestResourceStream(ResourcePrefix + nameOrPath)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return new(JsonFile.Parse(nameOrPath, bytes));
        }

        foreach (var path in (ReadOnlySpan<string>)[nameOrPath, nameOrPath + ".json"])
        {
            if (File.Exists(path))
            {
                return new(JsonFile.Read(path));
            }
        }

        throw new FileNotFoundException(
            $"There is no prompt template '{nameOrPath}': expected {string.Join(", ", BuiltInNames)} or a JSON file",
            nameOrPath
        );
    }

    /// <summary>The prompt, followed by the answer where one is given.</summary>
    /// <param name="instruction">What to do.</param>
    /// <param name="input">What to do it with; null or empty takes the prompt without input.</param>
    /// <param name="output">The answer, or null for the prompt alone.</param>
    public string Render(string instruction, string? input = null, string? output = null)
    {
        var prompt = string.IsNullOrEmpty(input)
            ? withoutInput.Fill(instruction, "")
            : withInput.Fill(instruction, input);
        return prompt + output;
    }

    /// <summary>
    /// The answer in a text that starts with a prompt: what follows <see cref="ResponseSplit"/>, up to where the model
    /// began another one, without white space around it. A text without it is taken as the answer itself.
    /// </summary>
    public string GetResponse(string text)
    {
        var start = text.IndexOf(ResponseSplit, StringComparison.Ordinal);
        var answer = start < 0 ? text : text[(start + ResponseSplit.Length)..];
        var next = answer.IndexOf(ResponseSplit, StringComparison.Ordinal);
        return (start < 0 || next < 0 ? answer : answer[..next]).Trim();
    }
}
