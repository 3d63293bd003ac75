using System.CommandLine;
using System.Globalization;
using System.Text;
using Luthier.Cli.CommandLine;
using Luthier.Cli.Tokenize;
using Luthier.Formats;
using Luthier.Formats.Json;
using Luthier.Text;
using Luthier.Text.Chat;
using Luthier.Text.Jinja;

namespace Luthier.Cli.Render;

/// <summary>What a chat template makes of its variables.</summary>
internal sealed class RenderVerb : Verb
{
    private readonly Option<string?> template = OptionOf.ExistingFile("--chat-template", "The template, in Jinja");

    private readonly Option<string?> model = SharedOptions.Model(
        "Model whose template to take; its special tokens become variables"
    );

    private readonly Option<string?> input = OptionOf.ExistingFile(
        "--input",
        "JSON object of the variables: messages, tools, add_generation_prompt, ... (default: standard input)"
    );

    private readonly Option<DateTime?> now = new("--now")
    {
        Description = "The time that strftime_now tells, such as 2026-01-02T03:04:05 (default: the present)",
        HelpName = "TIME",
        CustomParser = result =>
            OptionOf.Read<DateTime?>(result, "--now", "a time such as 2026-01-02T03:04:05", ParseTime),
    };

    public RenderVerb()
        : base(
            "render",
            "Print what a chat template makes of its variables: exactly that, without a line feed at the end."
        ) => AddGroup("Options", template, model, input, now);

    public override IReadOnlyList<Option> UsageOptions => [template, input];

    public override IReadOnlyList<Example> Examples =>
        [
            new("A template in a file", "luthier render --chat-template chat.jinja --input case.json"),
            new("The template of a model", "luthier render --model models/qwen3 --input case.json"),
            new("The same text every day", "luthier render --model models/llama --input case.json --now 2026-01-02"),
        ];

    public override IEnumerable<string> Check(Invocation invocation)
    {
        if (invocation.IsGiven(template) == invocation.IsGiven(model))
        {
            yield return "exactly one of --chat-template and --model is required";
        }
    }

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        var chat = Load(invocation.Get(template), invocation.Get(model));
        var text = InputText.Read(invocation.Get(input), []);
        var variables = JsonFile.Parse(text.Origin, Encoding.UTF8.GetBytes(text.Text));
        if (variables.Kind != System.Text.Json.JsonValueKind.Object)
        {
            throw variables.Expected("an object");
        }

        var time = invocation.Get(now) ?? TimeProvider.System.GetLocalNow().DateTime;
        try
        {
            invocation.Out.Write(chat.RenderRaw(variables.Element, time));
        }
        catch (JinjaException exception)
        {
            var origin = chat.Origin(variables.Find("tools") is not null);
            throw new InvalidFileException(origin, exception.Message, exception);
        }

        return ExitCode.Success;
    }

    private static ChatTemplate Load(string? file, string? path)
    {
        if (file is not null)
        {
            return ChatTemplate.Load(file);
        }

        var found = Directory.Exists(path) ? ChatTemplate.TryLoad(path) : ChatTemplate.Of(Tokenizer.Load(path!));
        return found ?? throw new InvalidFileException(path!, "has no chat template");
    }

    private static DateTime? ParseTime(string text) =>
        DateTime.TryParseExact(
            text,
            ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFFF"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var time
        )
            ? time
            : null;
}
