using System.CommandLine;
using Luthier.Cli.CommandLine;

namespace Luthier.Cli.Api;

/// <summary>The options that name a running server, for the verbs that talk to one.</summary>
internal sealed class ServerOption
{
    private const string DefaultUrl = "http://127.0.0.1:8000";

    private readonly Option<string?> url = OptionOf.Text("--url", $"The server (default: {DefaultUrl})", "URL");
    private readonly Option<string?> apiKey = OptionOf.Text("--api-key", "Key that the server asks for", "KEY");

    /// <param name="modelName">How the option is called that names a model of the server.</param>
    public ServerOption(string modelName)
    {
        url.Aliases.Add("--base-url");
        Model = OptionOf.Text(modelName, "Model to ask (default: the first that the server lists)", "NAME");
    }

    public Option<string?> Model { get; }

    public Option<string?> Url => url;

    public IReadOnlyList<Option> All => [url, apiKey, Model];

    public IEnumerable<string> Problems(Invocation invocation)
    {
        if (UrlOf(invocation) is null)
        {
            yield return $"{url.Name} is '{invocation.Get(url)}'; expected an address such as {DefaultUrl}";
        }
    }

    /// <param name="invocation">Has valid options.</param>
    /// <param name="timeout">The longest that the server may take for an answer or a part of it.</param>
    public ApiClient Connect(Invocation invocation, TimeSpan timeout) =>
        new(UrlOf(invocation)!, invocation.Get(apiKey), timeout);

    private Uri? UrlOf(Invocation invocation) =>
        Uri.TryCreate(invocation.Get(url) ?? DefaultUrl, UriKind.Absolute, out var uri)
        && (uri.Scheme is "http" or "https")
            ? uri
            : null;
}
