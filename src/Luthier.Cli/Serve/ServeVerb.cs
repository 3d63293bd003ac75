using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Serving;
using Luthier.Serving.Models;
using Luthier.Tensors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Luthier.Cli.Serve;

/// <summary>Serves a model over HTTP.</summary>
internal sealed class ServeVerb : Verb
{
    private readonly Option<string?> model = SharedOptions.Model("Folder of the model");
    private readonly Option<string[]> names = OptionOf.List(
        "--served-model-name",
        "What clients call the model (default: its path)"
    );

    private readonly Option<DType?> dtype = SharedOptions.DTypeOf("Element type to compute with (default: the files')");
    private readonly Option<string[]> adapters = new("--lora-modules")
    {
        Description = "Adapters to serve beside the model: what clients call each, and its folder",
        HelpName = "NAME=DIR",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

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
        AddGroup("Model", model, names, dtype, adapters);
        AddGroup("Server", [.. server.All, logFormat]);
        AddGroup("Engine", engine.All);
        Require(model);
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
        server
            .Problems(invocation)
            .Concat(engine.Problems(invocation))
            .Concat(
                (invocation.Get(adapters) ?? [])
                    .Where(text => Adapter(text) is null)
                    .Select(text => $"{adapters.Name} has '{text}'; expected NAME=DIR with a folder that exists")
            );

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        RunAsync(invocation, cancellation).GetAwaiter().GetResult();
        return ExitCode.Success;
    }

    private async Task RunAsync(Invocation invocation, CancellationToken cancellation)
    {
        var options = server.Read(invocation);
        using var device = invocation.Host.CreateDevice();
        await using var served = await LoadAsync(invocation, device);
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

    private async Task<ServedModel> LoadAsync(Invocation invocation, Tensors.Devices.Device device)
    {
        try
        {
            return await ServedModel.LoadAsync(
                new ModelOptions
                {
                    Path = invocation.Require(model),
                    Names = OptionOf.Values(invocation.Get(names)),
                    DType = invocation.Get(dtype),
                    Adapters = [.. (invocation.Get(adapters) ?? []).Select(text => Adapter(text)!.Value)],
                    Engine = engine.Read(invocation),
                },
                device
            );
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static KeyValuePair<string, string>? Adapter(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && Path.Exists(text[(at + 1)..])
            ? KeyValuePair.Create(text[..at], text[(at + 1)..])
            : null;
}
