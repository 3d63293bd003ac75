using Luthier.Formats;
using Luthier.Text.Prompts;

namespace Luthier.Text.Tests.Prompts;

public sealed class PromptTemplateTests
{
    private const string Valid =
        """{"prompt_input": "{instruction}|{input}>", "prompt_no_input": "{instruction}>", "response_split": ">"}""";

    [Fact]
    public void Alpaca_renders_instruction_and_input() =>
        PromptTemplate
            .Load("alpaca")
            .Render("Add.", "1 and 2", "3")
            .ShouldBe(
                "Below is an instruction that describes a task, paired with an input that provides further context. "
                    + "Write a response that appropriately completes the request.\n\n"
                    + "### Instruction:\nAdd.\n\n### Input:\n1 and 2\n\n### Response:\n3"
            );

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Empty_input_takes_the_prompt_without_input(string? input) =>
        PromptTemplate
            .Load("alpaca")
            .Render("Sing.", input)
            .ShouldBe(
                "Below is an instruction that describes a task. "
                    + "Write a response that appropriately completes the request.\n\n"
                    + "### Instruction:\nSing.\n\n### Response:\n"
            );

    [Fact]
    public void Short_and_legacy_differ_in_preamble_and_line_end()
    {
        PromptTemplate.Load("alpaca_short").Render("Sing.").ShouldBe("### Instruction:\nSing.\n\n### Response:\n");
        PromptTemplate.Load("alpaca_legacy").Render("Sing.").ShouldEndWith("### Response:");
    }

    [Fact]
    public void Every_built_in_template_finds_its_own_response()
    {
        foreach (var name in PromptTemplate.BuiltInNames)
        {
            var template = PromptTemplate.Load(name);
            template.GetResponse(template.Render("Do it.", "With this.", " An answer. \n")).ShouldBe("An answer.");
            template.Description.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public void Placeholders_in_values_stay_as_they_are()
    {
        var template = LoadText(Valid);
        template
            .Render("{input} and {instruction}", "{instruction}")
            .ShouldBe("{input} and {instruction}|{instruction}>");
    }

    [Fact]
    public void Doubled_braces_are_braces()
    {
        var template = LoadText(
            Valid.Replace("{instruction}>", "{{instruction}} {{}} {instruction}>", StringComparison.Ordinal)
        );
        template.Render("x").ShouldBe("{instruction} {} x>");
    }

    [Fact]
    public void Response_ends_where_the_model_begins_another()
    {
        var template = PromptTemplate.Load("alpaca_short");
        template.GetResponse("### Response:\n one \n### Response:\ntwo").ShouldBe("one");
        template.GetResponse("  bare ").ShouldBe("bare");
    }

    [Fact]
    public void File_is_found_with_and_without_its_extension()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["mine.json"], Valid);
        PromptTemplate.Load(folder["mine"]).Render("a").ShouldBe("a>");
        PromptTemplate.Load(folder["mine.json"]).Render("a", "b").ShouldBe("a|b>");
    }

    [Fact]
    public void Unknown_name_lists_what_there_is() =>
        Should
            .Throw<FileNotFoundException>(() => PromptTemplate.Load("alpacca"))
            .Message.ShouldContain("alpaca_legacy");

    [Theory]
    [InlineData("""[]""", "expected an object")]
    [InlineData("""{"prompt_no_input": "{instruction}", "response_split": ">"}""", "field prompt_input is missing")]
    [InlineData(
        """{"prompt_input": 3, "prompt_no_input": "{instruction}", "response_split": ">"}""",
        "field prompt_input: expected a string, found 3"
    )]
    [InlineData(
        """{"prompt_input": "{instruction}", "prompt_no_input": "{instruction}", "response_split": ">"}""",
        "the placeholder {input} is missing"
    )]
    [InlineData(
        """{"prompt_input": "{instruction}{input}", "prompt_no_input": "{instruction}{input}", "response_split": ">"}""",
        "field prompt_no_input: character 13 is a lone brace"
    )]
    [InlineData(
        """{"prompt_input": "{instruction}{input}", "prompt_no_input": "{question}", "response_split": ">"}""",
        "expected {instruction}"
    )]
    [InlineData(
        """{"prompt_input": "{instruction}{input}", "prompt_no_input": "{instruction}", "response_split": ""}""",
        "field response_split: expected a string that is not empty"
    )]
    [InlineData(
        """{"prompt_input": "{instruction}{input}", "prompt_no_input": "{instruction}", "response_split": ">", "description": 1}""",
        "field description: expected a string, found 1"
    )]
    [InlineData("""{""", "is not valid JSON")]
    public void Bad_file_gives_one_clear_sentence(string json, string problem)
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["bad.json"], json);
        var exception = Should.Throw<InvalidFileException>(() => PromptTemplate.Load(folder["bad.json"]));
        exception.Path.ShouldBe(folder["bad.json"]);
        exception.Message.ShouldContain(problem);
        exception.Message.ShouldNotContain('\n');
    }

    private static PromptTemplate LoadText(string json)
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["template.json"], json);
        return PromptTemplate.Load(folder["template.json"]);
    }
}
