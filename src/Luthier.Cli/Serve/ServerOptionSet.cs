using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Formats.Weights;
using Luthier.Serving;

namespace Luthier.Cli.Serve;

/// <summary>The options of the server itself.</summary>
internal sealed class ServerOptionSet
{
    private const string KeyVariable = "LUTHIER_API_KEY";

    private static readonly ServerOptions Defaults = new();

    private readonly Option<string?> host = OptionOf.Text(
        "--host",
        $"Address to listen on; one that others can reach needs --api-key (default: {Defaults.Host})",
        "ADDRESS"
    );

    private readonly Option<int> port = OptionOf.Integer("--port", "Port; 0 takes a free one", Defaults.Port, 0, 65535);
    private readonly Option<string[]> apiKey = new("--api-key")
    {
        Description = $"Keys that open the server (default: the environment's {KeyVariable})",
        HelpName = "KEY",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> maxBody = new("--max-body-size")
    {
        Description = "Largest body of a request",
        HelpName = "SIZE",
        DefaultValueFactory = _ => "32MiB",
        CustomParser = result =>
            OptionOf.Read(
                result,
                "--max-body-size",
                "a number of bytes, or a size such as 32MiB",
                text => ByteSize.TryParse(text, out var bytes) && bytes > 0 ? text : null
            ) ?? "32MiB",
    };

    private readonly Option<int> maxRequests = OptionOf.Integer(
        "--max-concurrent-requests",
        "Requests that are worked on or wait; more are answered with status 429",
        Defaults.MaxConcurrentRequests,
        1
    );

    private readonly Option<double> drainTimeout = OptionOf.Number(
        "--drain-timeout",
        "Seconds that running requests get to finish after SIGTERM or Ctrl-C",
        Defaults.DrainTimeout.TotalSeconds,
        0,
        86_400
    );

    private readonly Option<bool> adapterUpdates = OptionOf.Switch(
        "--allow-runtime-lora-updating",
        "Let clients load and unload adapters, from any folder that the server can read",
        Defaults.AllowAdapterUpdates
    );

    public IReadOnlyList<Option> All => [host, port, apiKey, maxBody, maxRequests, drainTimeout, adapterUpdates];

    public IEnumerable<string> Problems(Invocation invocation) => Read(invocation).Problems();

    public ServerOptions Read(Invocation invocation) =>
        new()
        {
            Host = invocation.Get(host) ?? Defaults.Host,
            Port = invocation.Get(port),
            ApiKeys = Keys(invocation),
            MaxBodyBytes = ByteSize.Parse(invocation.Get(maxBody)!),
            MaxConcurrentRequests = invocation.Get(maxRequests),
            AllowAdapterUpdates = invocation.Get(adapterUpdates),
            DrainTimeout = TimeSpan.FromSeconds(invocation.Get(drainTimeout)),
        };

    // A key on the command line shows in the list of processes; the environment keeps it to the user.
    private string[] Keys(Invocation invocation) =>
        invocation.Get(apiKey) is { Length: > 0 } keys ? keys
        : Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? [key]
        : [];
}
