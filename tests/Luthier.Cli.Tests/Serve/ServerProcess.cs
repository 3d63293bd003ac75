using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Luthier.Cli.Tests.Serve;

/// <summary><c>luthier serve</c> on a free port, as a user runs it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task<string> error;

    private ServerProcess(Process process, Uri url)
    {
        this.process = process;
        error = process.StandardError.ReadToEndAsync();
        Http = new HttpClient { BaseAddress = url };
    }

    public static string Model { get; } = Path.Combine(TestData.RepositoryRoot, "samples/quickstart/base");

    public Uri Url => Http.BaseAddress!;

    public HttpClient Http { get; }

    public static async Task<ServerProcess> StartAsync(params string[] options)
    {
        var started = LuthierProcess.Start([
            "serve",
            "--model",
            Model,
            "--port",
            "0",
            "--served-model-name",
            "small",
            "--threads",
            "1",
            .. options,
        ]);
        var line = await started.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2));
        if (line is null)
        {
            var message = await started.StandardError.ReadToEndAsync();
            throw new InvalidOperationException($"luthier serve ended: {message}");
        }

        line.ShouldStartWith("Serving small at http://127.0.0.1:");
        return new ServerProcess(started, new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]));
    }

    public void UseKey(string key) =>
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

    public async Task<HttpResponseMessage> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await Http.PostAsync(path, content);
    }

    /// <summary>Sends a signal such as TERM or INT.</summary>
    public void Signal(string name)
    {
        var id = process.Id.ToString(CultureInfo.InvariantCulture);
        using var kill = Process.Start("kill", [$"-{name}", id]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end; the exit code and what was logged.</summary>
    public async Task<(int ExitCode, string Error)> EndAsync()
    {
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, await error);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }
}
