using System.Net;
using System.Text;
using System.Text.Json;

namespace Luthier.Cli.Tests.Serve;

public sealed class ServeVerbTests
{
    [Fact]
    public async Task It_serves_and_ends_when_told_to()
    {
        await using var server = await ServerProcess.StartAsync("--log-format", "json");
        using var response = await server.PostAsync(
            "/v1/completions",
            """{"prompt":"A secret prompt","max_tokens":4}"""
        );
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        body.GetProperty("model").GetString().ShouldBe("small");
        body.GetProperty("usage").GetProperty("completion_tokens").GetInt32().ShouldBeInRange(1, 4);

        server.Signal("INT");
        var (exitCode, error) = await server.EndAsync();
        exitCode.ShouldBe(0, error);
        var lines = error
            .Split('\n')
            .Where(line => line.StartsWith('{'))
            .Select(line => JsonDocument.Parse(line))
            .ToArray();
        var line = lines.Single().RootElement.GetProperty("State");
        line.GetProperty("Path").GetString().ShouldBe("/v1/completions");
        line.GetProperty("Status").GetInt32().ShouldBe(200);
        line.GetProperty("CompletionTokens")
            .GetInt32()
            .ShouldBe(body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        error.ShouldNotContain("secret");
    }

    [Fact]
    public async Task At_SIGTERM_what_runs_is_finished_and_nothing_new_is_taken()
    {
        await using var server = await ServerProcess.StartAsync("--drain-timeout", "60");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = new StringContent(
                """{"prompt":"x","max_tokens":900,"ignore_eos":true,"stream":true}""",
                Encoding.UTF8,
                "application/json"
            ),
        };
        using var running = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        server.Signal("TERM");
        using var reader = new StreamReader(await running.Content.ReadAsStreamAsync());
        var text = await reader.ReadToEndAsync();
        text.ShouldEndWith("data: [DONE]\n\n");
        text.ShouldContain("\"finish_reason\":\"length\"");
        (await server.EndAsync()).ExitCode.ShouldBe(0);
        await Should.ThrowAsync<HttpRequestException>(() => server.PostAsync("/v1/completions", "{}"));
    }

    [Fact]
    public async Task What_takes_too_long_to_finish_is_cut_off()
    {
        await using var server = await ServerProcess.StartAsync("--drain-timeout", "0");
        var running = server.PostAsync("/v1/completions", """{"prompt":"x","max_tokens":1000,"ignore_eos":true}""");
        for (var tries = 0; tries < 1000; tries++)
        {
            if (
                string.Equals(
                    await server.Http.GetStringAsync("/load"),
                    "{\"server_load\":1}",
                    StringComparison.Ordinal
                )
            )
            {
                break;
            }
        }

        server.Signal("TERM");
        (await server.EndAsync()).ExitCode.ShouldBe(0);
        await Should.ThrowAsync<HttpRequestException>(running);
    }

    [Fact]
    public async Task A_key_of_the_environment_opens_it()
    {
        await using var server = await ServerProcess.StartAsync("--api-key", "k1", "k2");
        (await server.Http.GetAsync("/v1/models")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await server.Http.GetAsync("/health")).StatusCode.ShouldBe(HttpStatusCode.OK);
        server.UseKey("k2");
        (await server.Http.GetAsync("/v1/models")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.Http.GetAsync("/metrics")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        await using var server = await ServerProcess.StartAsync();
        var port = server.Url.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var second = LuthierProcess.Run("serve", "--model", ServerProcess.Model, "--port", port);
        second.ExitCode.ShouldBe(1);
        second.Problems.Single().ShouldContain("address already in use");
    }

    [Theory]
    [InlineData(
        "--host 0.0.0.0",
        "luthier serve: host 0.0.0.0 can be reached from other machines: an API key is needed"
    )]
    [InlineData("--host no.such.invalid", "host is 'no.such.invalid', expected an address or a name of this machine")]
    [InlineData("--kv-cache-dtype fp8", "--kv-cache-dtype is 'fp8'; expected one of auto, float32, bfloat16, int8")]
    [InlineData("--kv-cache-memory much", "--kv-cache-memory is 'much'; expected a number of bytes, or a size")]
    [InlineData("--max-num-seqs 8 --max-num-batched-tokens 4", "--max-num-batched-tokens is 4; expected at least")]
    [InlineData("--max_model_len 99999", "max model length is 99999, expected at most the model's 1024")]
    [InlineData("--lora-modules news", "--lora-modules has 'news'; expected NAME=DIR with a folder that exists")]
    [InlineData("--chat-template nowhere.jinja", "--chat-template is 'nowhere.jinja'; expected a file that exists")]
    public void Bad_usage_is_said(string options, string expected)
    {
        var result = LuthierProcess.Run([
            "serve",
            "--model",
            ServerProcess.Model,
            "--port",
            "0",
            .. options.Split(' '),
        ]);
        result.ExitCode.ShouldBe(2, result.Error);
        result.Problems.Single().ShouldContain(expected);
    }
}
