using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Luthier.Cli.Serve;

/// <summary>Serves a model over HTTP.</summary>
internal sealed class ServeVerb : Verb
{
    private readonly ModelOptionSet model = new("Folder of the model");
    private readonly ServerOptionSet server = new();
    private readonly EngineOptionSet engine = new();
    private readonly Option<string> logFormat = OptionOf.Choice(
        "--log-format",
        "Lines of the log, on standard error",
        "text",
        "text",
        "json"
    );

    public ServeVerb()
        : base("serve", "Serve a model over HTTP with OpenAI's API.")
    {
        AddGroup("Model", model.All);
        AddGroup("Server", [.. server.All, logFormat]);
        AddGroup("Engine", engine.All);
        Require(model.Path);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new("On this machine only", "luthier serve --model models/llama"),
            new(
                "For others, with a key, under a short name",
                "luthier serve --model models/llama --served-model-name llama --host 0.0.0.0 --api-key \"$KEY\""
            ),
            new(
                "With adapters to choose from",
                "luthier serve --model models/llama --lora-modules news=out/news mail=out/mail"
            ),
        ];

    public override IEnumerable<string> Check(Invocation invocation) =>
        server.Problems(invocation).Concat(engine.Problems(invocation)).Concat(model.Problems(invocation));

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        RunAsync(invocation, cancellation).GetAwaiter().GetResult();
        return ExitCode.Success;
    }

    private async Task RunAsync(Invocation invocation, CancellationToken cancellation)
    {
        var options = server.Read(invocation);
        using var device = invocation.Host.CreateDevice();
        await using var served = await ModelOptionSet.LoadAsync(
            model.Read(invocation, engine.Read(invocation)),
            device
        );
        await using var running = await ApiServer.StartAsync(served, options, AddLog, cancellation);
        invocation.Out.WriteLine($"Serving {served.Names[0]} at {running.Address.GetLeftPart(UriPartial.Authority)}");
        invocation.Out.Flush();
        await Task.Delay(Timeout.Infinite, cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
        invocation.Terminal.Error.WriteLine("luthier serve: stopping");
        await running.StopAsync(options.DrainTimeout);

        void AddLog(ILoggingBuilder logging)
        {
            // Results go to standard output; the log is none.
            logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
            if (string.Equals(invocation.Get(logFormat), "json", StringComparison.Ordinal))
            {
                logging.AddJsonConsole(o => o.UseUtcTimestamp = true);
            }
            else
            {
                logging.AddSimpleConsole(o =>
                {
                    o.SingleLine = true;
                    o.TimestampFormat = "yyyy-MM-dd HH:mm:ss ";
                });
            }
        }
    }
}
