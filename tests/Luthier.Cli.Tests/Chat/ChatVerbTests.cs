using Luthier.Cli.Tests.Serve;

namespace Luthier.Cli.Tests.Chat;

public sealed class ChatVerbTests : IAsyncLifetime
{
    private const string TemplateText =
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

    private readonly TempFolder folder = TestData.TempFolder();
    private ServerProcess server = null!;

    private string Template => folder["chat.jinja"];

    public async ValueTask InitializeAsync()
    {
        File.WriteAllText(Template, TemplateText);
        server = await ServerProcess.StartAsync("--chat-template", Template);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public void A_question_is_answered_by_a_server_and_by_a_model_of_its_own()
    {
        var asked = Chat("--message", "News?");
        asked.ExitCode.ShouldBe(0, asked.Error);
        asked.Out.Trim().ShouldNotBeEmpty();

        var own = LuthierProcess.Run([
            "chat",
            "--model",
            ServerProcess.Model,
            "--chat-template",
            Template,
            "--message",
            "News?",
            .. Sampling,
        ]);
        own.ShouldBe(asked);
        string.Equals(Run(["--system", "Be brief."], input: "News?").Out, asked.Out, StringComparison.Ordinal)
            .ShouldBeFalse();
        Run([], input: "News?").Out.ShouldBe(asked.Out);
    }

    [Fact]
    public void A_conversation_remembers_until_it_is_cleared()
    {
        var talk = Run(["--interactive"], "One?\nTwo?\n/clear\nOne?\n\n/exit\nThree?\n");
        talk.ExitCode.ShouldBe(0, talk.Error);
        var answers = Answers(talk.Out);
        answers.Length.ShouldBe(3);
        answers[2].ShouldBe(answers[0]);

        var alone = Answers(Run(["--interactive"], "Two?\n").Out).Single();
        string.Equals(answers[1], alone, StringComparison.Ordinal).ShouldBeFalse();
        Run(["--interactive"], "News\\\ntoday").Out.ShouldBe(Run([], "News\ntoday").Out);
    }

    [Fact]
    public void What_goes_wrong_is_one_sentence()
    {
        var empty = Run([], " \n");
        (empty.ExitCode, empty.Problems.Length).ShouldBe((2, 1));
        var nowhere = LuthierProcess.Run("chat", "--url", "http://127.0.0.1:1", "--message", "x");
        nowhere.ExitCode.ShouldBe(1);
        nowhere.Problems.Single().ShouldContain("http://127.0.0.1:1/v1/models: Connection refused");
        var both = LuthierProcess.Run("chat", "--url", "nonsense", "--model", ServerProcess.Model, "--message", "x");
        both.ExitCode.ShouldBe(2);
        both.Problems.Length.ShouldBe(2);
        var refused = Chat("--message", "x", "--model-name", "other");
        refused.ExitCode.ShouldBe(1);
        refused.Problems.Single().ShouldContain("404 the model 'other' does not exist");
    }

    // Each answer ends with a line of its own; these texts have no other line ends.
    private static string[] Answers(string output) => output.Split('\n')[..^1];

    private static string[] Sampling => ["--temperature", "0", "--max-tokens", "5", "--threads", "1"];

    private RunResult Chat(params string[] options) => Run(options, input: "");

    private RunResult Run(string[] options, string input) =>
        LuthierProcess.Run(["chat", "--url", server.Url.ToString(), .. Sampling, .. options], input);
}
