using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Luthier.Tests;

/// <summary>llama.cpp, as node-llama-cpp brings it: says what it makes of GGUF files.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "Not every test project uses it")]
internal static class LlamaCpp
{
    private static readonly string Peers = Path.Combine(TestData.RepositoryRoot, "tests", "peers");

    private static readonly Lazy<string?> Problem = new(FindProblem);

    /// <summary>Runs tests/peers/llama.mjs, which describes requests and answers; skips the test where it can't run.</summary>
    public static JsonArray Run(params ReadOnlySpan<JsonObject> requests)
    {
        Assert.SkipUnless(Problem.Value is null, Problem.Value ?? "");
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["requests.json"], new JsonArray([.. requests]).ToJsonString());
        var (code, output, error) = Start(Path.Combine(Peers, "llama.mjs"), folder["requests.json"]);
        code.ShouldBe(0, error);
        return JsonNode.Parse(output)!.AsArray();
    }

    private static string? FindProblem()
    {
        if (!Directory.Exists(Path.Combine(Peers, "node_modules", "node-llama-cpp")))
        {
            return "node-llama-cpp is not there: ./test installs it in tests/peers";
        }

        var (code, output, _) = Start("-e", "console.log(process.versions.node)");
        var major = code == 0 ? int.Parse(output.Split('.')[0], System.Globalization.CultureInfo.InvariantCulture) : 0;
        return major >= 20 ? null : "node-llama-cpp needs Node.js 20 or newer";
    }

    private static (int Code, string Output, string Error) Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return (-1, "", exception.Message);
        }
    }
}
