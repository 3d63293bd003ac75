using System.ComponentModel;
using System.Diagnostics;
using Luthier.Serving.Models;
using Luthier.Serving.Tests.Chat;

namespace Luthier.Serving.Tests.Peers;

/// <summary>OpenAI's own client for Node, in sessions with our server.</summary>
public sealed class NodeClientTests
{
    private const string Key = "a-key";

    [Fact]
    public async Task Every_session_goes_well()
    {
        await using var server = await TestServer.StartAsync(
            options: new ModelOptions { Path = TestServer.SmallModel, ChatTemplate = ChatServer.Template },
            server: new ServerOptions { ApiKeys = [Key] }
        );
        var url = server.Server.Address.GetLeftPart(UriPartial.Authority);
        var lines = await RunAsync("openai.mjs", url, Key, TestServer.ModelName);
        lines.ShouldBe([
            "ok chat",
            "ok streaming",
            "ok completions",
            "ok structured",
            "ok tools",
            "ok logprobs",
            "ok embeddings",
            "ok models",
            "ok errors",
            "ok cancellation",
        ]);
        await server.UntilIdleAsync();
    }

    private static async Task<string[]> RunAsync(string script, params string[] arguments)
    {
        var folder = Path.Combine(TestData.RepositoryRoot, "tests/peers");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(folder, "node_modules/openai")),
            "the peers from npm are not there: npm ci --prefix tests/peers"
        );
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("node", [Path.Combine(folder, script), .. arguments])
                {
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            process.ExitCode.ShouldBe(0, error);
            return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Win32Exception)
        {
            Assert.Skip("node is not there");
            return [];
        }
    }
}
