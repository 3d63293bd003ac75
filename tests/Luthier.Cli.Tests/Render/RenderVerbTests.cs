using System.Text.Json;

namespace Luthier.Cli.Tests.Render;

public sealed class RenderVerbTests
{
    private const string Template =
        "{{ bos_token }}{% for m in messages %}\n[{{ m.role }}] {{ m.content }}\n{% endfor %}{{ strftime_now('%F %T') }}";

    private const string Input = """{"messages": [{"role": "user", "content": "Grüße 😀"}], "bos_token": "<s>"}""";

    [Fact]
    public void Output_is_exactly_what_the_template_makes()
    {
        using var folder = Folder(Template);
        var result = LuthierProcess.Run(
            "render",
            "--chat-template",
            folder["t.jinja"],
            "--input",
            folder["case.json"],
            "--now",
            "2026-01-02T03:04:05"
        );
        result.ExitCode.ShouldBe(0, result.Error);
        result.Out.ShouldBe("<s>[user] Grüße 😀\n2026-01-02 03:04:05");
        result.Error.ShouldBe("");
    }

    [Fact]
    public void Variables_come_from_standard_input_too()
    {
        using var folder = Folder("{{ messages[0].content }}");
        LuthierProcess.Run(["render", "--chat_template", folder["t.jinja"]], Input).Out.ShouldBe("Grüße 😀");
    }

    [Fact]
    public void Reference_cases_come_out_byte_for_byte()
    {
        const string name = "meta-llama-Llama-3.2-3B-Instruct";
        var template = TestData.Shared($"data/templates/{name}.jinja");
        using var cases = JsonDocument.Parse(File.ReadAllText(TestData.Shared($"data/templates/{name}.json")));
        using var folder = TestData.TempFolder();
        foreach (var item in cases.RootElement.EnumerateArray().Take(2))
        {
            File.WriteAllText(folder["case.json"], item.GetProperty("input").GetRawText());
            string[] run = ["render", "--chat-template", template, "--input", folder["case.json"]];
            LuthierProcess.Run([.. run, "--now", "2026-01-02"]).Out.ShouldBe(item.GetProperty("output").GetString());
        }
    }

    [Fact]
    public void A_models_folder_gives_its_template_and_special_tokens()
    {
        using var folder = Folder(Template);
        File.WriteAllText(
            folder["tokenizer_config.json"],
            """{"chat_template": "{{ bos_token }}{{ eos_token }}|{{ x }}", "bos_token": "<b>", "eos_token": {"content": "<e>"}}"""
        );
        LuthierProcess.Run(["render", "--model", folder], """{"x": 1}""").Out.ShouldBe("<b><e>|1");
        File.WriteAllText(folder["chat_template.jinja"], "file {{ bos_token }}");
        LuthierProcess.Run(["render", "--model", folder], """{"bos_token": "own"}""").Out.ShouldBe("file own");
    }

    [Fact]
    public void A_template_for_tools_is_taken_where_there_are_tools()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(
            folder["tokenizer_config.json"],
            """{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools"}]}"""
        );
        LuthierProcess.Run(["render", "--model", folder], "{}").Out.ShouldBe("plain");
        LuthierProcess.Run(["render", "--model", folder], """{"tools": null}""").Out.ShouldBe("plain");
        LuthierProcess.Run(["render", "--model", folder], """{"tools": []}""").Out.ShouldBe("tools");
    }

    [Theory]
    [InlineData("a\n{{ nosuch.x }}", "line 2, column 4: 'nosuch' is undefined")]
    [InlineData("{% if %}", "line 1, column 7: expected an expression, found the end of the tag")]
    [InlineData("\n\n{{ raise_exception('no\\ntools') }}", "line 3, column 19: no\\u000atools")]
    public void An_error_is_one_sentence_with_the_place(string template, string problem)
    {
        using var folder = Folder(template);
        var result = LuthierProcess.Run("render", "--chat-template", folder["t.jinja"], "--input", folder["case.json"]);
        result.ExitCode.ShouldBe(1);
        result.Problems.ShouldBe([$"luthier render: {folder["t.jinja"]}: {problem}"]);
        result.Out.ShouldBe("");
    }

    [Fact]
    public void Bad_variables_are_refused()
    {
        using var folder = Folder("x");
        string[] run = ["render", "--chat-template", folder["t.jinja"]];
        LuthierProcess
            .Run(run, "[1]")
            .Problems.ShouldBe(["luthier render: standard input: expected an object, found a list"]);
        LuthierProcess
            .Run(run, "{")
            .Problems.Single()
            .ShouldStartWith("luthier render: standard input: is not valid JSON");
    }

    [Fact]
    public void A_folder_without_a_template_is_refused()
    {
        using var folder = TestData.TempFolder();
        var result = LuthierProcess.Run(["render", "--model", folder], "{}");
        result.ExitCode.ShouldBe(1);
        result.Problems.ShouldBe([$"luthier render: {folder.Path}: has no chat template"]);
    }

    [Fact]
    public void All_mistakes_of_usage_are_reported()
    {
        var result = LuthierProcess.Run("render", "--now", "noon", "--input", "/no/such");
        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldBe(
            [
                "luthier render: --input is '/no/such'; expected a file that exists",
                "luthier render: --now is 'noon'; expected a time such as 2026-01-02T03:04:05",
                "luthier render: exactly one of --chat-template and --model is required",
            ],
            ignoreOrder: true
        );
    }

    private static TempFolder Folder(string template)
    {
        var folder = TestData.TempFolder();
        File.WriteAllText(folder["t.jinja"], template);
        File.WriteAllText(folder["case.json"], Input);
        return folder;
    }
}
