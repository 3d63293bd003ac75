using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Formats;
using Luthier.Generation.Constraints;
using Luthier.Text;

namespace Luthier.Cli.Generate;

/// <summary>What the text must be.</summary>
internal sealed class ConstraintOptions
{
    private readonly Option<bool> jsonObject = OptionOf.Switch("--json-object", "The text is a JSON object");
    private readonly Option<string?> jsonSchema = OptionOf.ExistingFile(
        "--json-schema",
        "The text is JSON as the schema in this file says"
    );

    private readonly Option<string?> regex = OptionOf.Text(
        "--regex",
        "The text matches this from start to end",
        "REGEX"
    );
    private readonly Option<string[]> choice = OptionOf.Texts("--choice", "The text is one of these");
    private readonly Option<string?> grammar = OptionOf.ExistingFile(
        "--grammar",
        "The text is of the grammar in this file, in llama.cpp's notation (GBNF)"
    );

    public IReadOnlyList<Option> All => [jsonObject, jsonSchema, regex, choice, grammar];

    public IEnumerable<string> Check(Invocation invocation)
    {
        var given = All.Where(invocation.IsGiven).Select(option => option.Name).ToList();
        if (given.Count > 1)
        {
            yield return $"{string.Join(" and ", given)} exclude each other";
        }
    }

    /// <summary>The constraint that was asked for, if one was.</summary>
    /// <param name="endTokens">The tokens that end a text.</param>
    /// <exception cref="UsageException">It can't be compiled, or the model has no tokenizer.</exception>
    public CompiledConstraint? Compile(Invocation invocation, Tokenizer? tokenizer, IReadOnlyList<int> endTokens)
    {
        if (All.FirstOrDefault(invocation.IsGiven) is not { } option || IsSwitchedOff(invocation, option))
        {
            return null;
        }

        if (tokenizer is null)
        {
            throw new UsageException($"{option.Name} needs the model's tokenizer, which is not there");
        }

        var compiler = new ConstraintCompiler(tokenizer, endTokens);
        try
        {
            return option == jsonObject ? compiler.JsonObject()
                : option == jsonSchema ? OfFile(invocation.Require(jsonSchema), compiler.JsonSchema)
                : option == grammar ? OfFile(invocation.Require(grammar), compiler.Grammar)
                : option == regex ? compiler.Regex(invocation.Require(regex))
                : compiler.Choice(invocation.Get(choice)!);
        }
        catch (InvalidConstraintException e)
        {
            throw new UsageException($"{option.Name}: {e.Message}");
        }
    }

    private bool IsSwitchedOff(Invocation invocation, Option option) =>
        option == jsonObject && !invocation.Get(jsonObject);

    private static CompiledConstraint OfFile(string path, Func<string, CompiledConstraint> compile)
    {
        try
        {
            return compile(File.ReadAllText(path));
        }
        catch (InvalidConstraintException e)
        {
            throw new InvalidFileException(path, e.Message);
        }
    }
}
