using Luthier.Cli.Api;
using Luthier.Cli.CommandLine;

namespace Luthier.Cli.Chat;

/// <summary>Reads messages line by line and shows the answers as they come, until the input ends or <c>/exit</c>.</summary>
internal sealed class ChatLoop(Conversation conversation, Terminal terminal, StopSignals signals)
{
    private const string Help =
        "/clear forgets the conversation, /exit ends it; Ctrl-C stops an answer. A line that ends in \\ goes on.";

    /// <param name="input">Where messages come from.</param>
    /// <param name="isTerminal">Whether to show prompts.</param>
    /// <param name="cancellation">Ends the loop.</param>
    public async Task RunAsync(TextReader input, bool isTerminal, CancellationToken cancellation)
    {
        if (isTerminal)
        {
            terminal.Error.WriteLine(Help);
        }

        while (await ReadAsync(input, isTerminal, cancellation) is { } message)
        {
            switch (message.Trim())
            {
                case "":
                    break;
                case "/exit":
                    return;
                case "/clear":
                    conversation.Clear();
                    break;
                case ['/', ..] command when !command.Contains(' ', StringComparison.Ordinal):
                    terminal.Error.WriteLine(Help);
                    break;
                default:
                    await AnswerAsync(message, cancellation);
                    break;
            }
        }
    }

    private async Task AnswerAsync(string message, CancellationToken cancellation)
    {
        using var answering = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var diverted = signals.Divert(answering);
        try
        {
            await conversation.AskAsync(message, Show, answering.Token);
        }
        catch (ApiClientException exception)
        {
            terminal.Error.WriteLine($"luthier chat: {exception.Message}");
        }

        terminal.Out.WriteLine();
        terminal.Out.Flush();
        cancellation.ThrowIfCancellationRequested();
    }

    private void Show(string text)
    {
        terminal.Out.Write(text);
        terminal.Out.Flush();
    }

    private async Task<string?> ReadAsync(TextReader input, bool isTerminal, CancellationToken cancellation)
    {
        var message = "";
        while (true)
        {
            if (isTerminal)
            {
                Show(message.Length == 0 ? "> " : ". ");
            }

            // A terminal's line can't be given up; the thread that waits for it ends with the process.
            var line = await Task.Run(input.ReadLine, CancellationToken.None).WaitAsync(cancellation);
            if (line is null || !line.EndsWith('\\'))
            {
                return line is null && message.Length == 0 ? null : message + line;
            }

            message += line[..^1] + "\n";
        }
    }
}
