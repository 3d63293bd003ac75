using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Luthier.Cli.Api;
using Luthier.Cli.CommandLine;
using Luthier.Cli.Serve;

namespace Luthier.Cli.Chat;

/// <summary>Talks with a model: one that a server has, or one of its own.</summary>
internal sealed class ChatVerb : Verb
{
    private static readonly TimeSpan Timeout = TimeSpan.FromHours(1);

    private readonly ServerOption server = new("--model-name");
    private readonly ModelOptionSet model = new("Folder of a model to run here, instead of asking a server");
    private readonly EngineOptionSet engine = new();
    private readonly Option<string?> system = OptionOf.Text("--system", "What the model is told first");
    private readonly Option<string?> message = OptionOf.Text(
        "--message",
        "Say this, show the answer, and end (default: what is piped in, as one message; else a conversation)"
    );

    private readonly Option<bool> interactive = OptionOf.Switch(
        "--interactive",
        "Take the input line by line, also where it is no terminal"
    );

    private readonly Option<int?> maxTokens = OptionOf.OptionalInteger("--max-tokens", "Longest answer", 1);
    private readonly Option<double?> temperature = OptionOf.OptionalNumber(
        "--temperature",
        "0 always takes the most probable token (default: the model's)",
        0
    );

    private readonly Option<double?> topP = OptionOf.OptionalNumber(
        "--top-p",
        "Draw from the most probable tokens that together have this probability",
        0,
        1,
        above: true
    );

    private readonly Option<int?> seed = OptionOf.OptionalInteger("--seed", "Equal seeds draw equal answers", 0);

    public ChatVerb()
        : base("chat", "Talk with a model, on a server or run here.")
    {
        AddGroup("Server", server.All);
        AddGroup("Model", model.All);
        AddGroup("Conversation", system, message, interactive);
        AddGroup("Sampling", maxTokens, temperature, topP, seed);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new("With the server on this machine", "luthier chat"),
            new("With a model that is run for it", "luthier chat --model models/llama --system \"Be brief.\""),
            new("One question", "luthier chat --url http://127.0.0.1:8000 --message \"Why is the sky blue?\""),
        ];

    public override IEnumerable<string> Check(Invocation invocation)
    {
        if (invocation.IsGiven(model.Path) && invocation.IsGiven(server.Url))
        {
            yield return $"{model.Path.Name} and {server.Url.Name} exclude each other";
        }

        if (invocation.IsGiven(message) && invocation.Get(interactive))
        {
            yield return $"{message.Name} and {interactive.Name} exclude each other";
        }

        foreach (var problem in server.Problems(invocation).Concat(model.Problems(invocation)))
        {
            yield return problem;
        }
    }

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        RunAsync(invocation, cancellation).GetAwaiter().GetResult();
        return ExitCode.Success;
    }

    private async Task RunAsync(Invocation invocation, CancellationToken cancellation)
    {
        await using var local = invocation.IsGiven(model.Path)
            ? await LocalServer.StartAsync(invocation, model.Read(invocation, engine.Read(invocation)), cancellation)
            : null;
        using var client = local?.Connect(Timeout) ?? server.Connect(invocation, Timeout);
        var name = invocation.Get(server.Model) ?? await client.FirstModelAsync(cancellation);
        var conversation = new Conversation(client, name, invocation.Get(system), Sampling(invocation));
        var isTerminal = !Console.IsInputRedirected;
        if (invocation.Get(message) is null && (isTerminal || invocation.Get(interactive)))
        {
            using var input = new StreamReader(Terminal.OpenInput(), Encoding.UTF8);
            var loop = new ChatLoop(conversation, invocation.Terminal, invocation.Signals);
            await loop.RunAsync(input, isTerminal, cancellation);
        }
        else
        {
            await AnswerAsync(invocation, conversation, cancellation);
        }
    }

    private async Task AnswerAsync(Invocation invocation, Conversation conversation, CancellationToken cancellation)
    {
        var text = invocation.Get(message);
        if (text is null)
        {
            using var input = new StreamReader(Terminal.OpenInput(), Encoding.UTF8);
            text = await input.ReadToEndAsync(cancellation);
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            throw new UsageException($"there is no message: expected {message.Name} TEXT, or text piped in");
        }

        await conversation.AskAsync(
            text,
            part =>
            {
                invocation.Out.Write(part);
                invocation.Out.Flush();
            },
            cancellation
        );
        invocation.Out.WriteLine();
        cancellation.ThrowIfCancellationRequested();
    }

    private JsonObject Sampling(Invocation invocation)
    {
        var fields = new JsonObject();
        Add("max_tokens", invocation.Get(maxTokens));
        Add("temperature", invocation.Get(temperature));
        Add("top_p", invocation.Get(topP));
        Add("seed", invocation.Get(seed));
        return fields;

        void Add(string name, JsonNode? value)
        {
            if (value is not null)
            {
                fields[name] = value;
            }
        }
    }
}
