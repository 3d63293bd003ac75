using System.Net;
using System.Text;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Serving.Models;

namespace Luthier.Serving.Tests.Models;

/// <summary>Adapters beside the model.</summary>
public sealed class AdapterTests
{
    private const string Prompt = "\"prompt\":\"The news of the day\",\"temperature\":0";

    [Fact]
    public async Task Adapters_come_go_and_answer_under_their_names()
    {
        using var folder = TestData.TempFolder();
        SaveAdapter(folder["news"], seed: 1);
        SaveAdapter(folder["mail"], seed: 2);
        await using var server = await TestServer.StartAsync(
            options: new ModelOptions
            {
                Path = TestServer.SmallModel,
                Adapters = [KeyValuePair.Create("news", folder["news"])],
            }
        );
        var plain = await server.PostAsync("/v1/completions", $"{{{Prompt}}}");
        var news = await server.PostAsync("/v1/completions", $"{{{Prompt},\"model\":\"news\"}}");
        ((string?)news.Body["model"]).ShouldBe("news");
        string.Equals(news.Text, plain.Text, StringComparison.Ordinal).ShouldBeFalse();

        (await server.PostAsync("/v1/completions", $"{{{Prompt},\"model\":\"mail\"}}")).Status.ShouldBe(404);
        (await SendAsync(server, "load", $$"""{"lora_name":"mail","lora_path":"{{folder["mail"]}}"}""")).ShouldBe(
            (HttpStatusCode.OK, "Success: LoRA adapter 'mail' added successfully.")
        );
        var mail = await server.PostAsync("/v1/completions", $"{{{Prompt},\"model\":\"mail\"}}");
        string.Equals(mail.Text, news.Text, StringComparison.Ordinal).ShouldBeFalse();
        var cards = (await server.GetAsync("/v1/models")).Body["data"]!.AsArray();
        cards
            .Select(card => (string?)card!["id"])
            .Order(StringComparer.Ordinal)
            .ShouldBe(["mail", "news", "test-model"]);
        var card = cards.Single(c => string.Equals((string?)c!["id"], "mail", StringComparison.Ordinal))!;
        ((string?)card["root"]).ShouldBe(folder["mail"]);
        ((string?)card["parent"]).ShouldBe(TestServer.ModelName);

        (await SendAsync(server, "unload", """{"lora_name":"mail"}""")).ShouldBe(
            (HttpStatusCode.OK, "Success: LoRA adapter 'mail' removed successfully.")
        );
        (await server.PostAsync("/v1/completions", $"{{{Prompt},\"model\":\"mail\"}}")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task What_can_not_be_loaded_is_said()
    {
        using var folder = TestData.TempFolder();
        SaveAdapter(folder["news"], seed: 1);
        Directory.CreateDirectory(folder["empty"]);
        await using var server = await TestServer.StartAsync();
        await LoadAsync("x", folder["nowhere"], 404, "lora_path");
        await LoadAsync("x", folder["empty"], 404, "lora_path");
        await LoadAsync(TestServer.ModelName, folder["news"], 400, "lora_name");
        await LoadAsync("", folder["news"], 400, "lora_name");
        await LoadAsync("news", folder["news"], 200, null);
        await LoadAsync("news", folder["news"], 400, "lora_name");
        File.WriteAllText(folder["news/adapter_config.json"], "{");
        await LoadAsync("other", folder["news"], 400, "lora_path");
        var gone = await server.PostAsync("/v1/unload_lora_adapter", """{"lora_name":"x"}""");
        gone.Status.ShouldBe(404);

        async Task LoadAsync(string name, string path, int status, string? parameter)
        {
            var body = $$"""{"lora_name":"{{name}}","lora_path":"{{path}}"}""";
            var (code, text) = await SendAsync(server, "load", body);
            ((int)code).ShouldBe(status, text);
            if (parameter is not null)
            {
                text.ShouldContain($"\"param\":\"{parameter}\"");
            }
        }
    }

    [Fact]
    public async Task A_server_can_keep_its_adapters()
    {
        await using var server = await TestServer.StartAsync(server: new ServerOptions { AllowAdapterUpdates = false });
        var answer = await server.PostAsync("/v1/load_lora_adapter", """{"lora_name":"x","lora_path":"y"}""");
        answer.Status.ShouldBe(404, answer.ToString());
    }

    private static async Task<(HttpStatusCode Status, string Text)> SendAsync(
        TestServer server,
        string verb,
        string body
    )
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await server.Http.PostAsync($"/v1/{verb}_lora_adapter", content);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    // A fresh adapter changes nothing: its numbers are filled with some that do.
    private static void SaveAdapter(string folder, int seed)
    {
        using var model = ModelLoader.Load(TestServer.SmallModel);
        var adapter = Adapter.Create(model, new LoraConfig { Rank = 4 }, seed: (ulong)seed);
        var random = new Random(seed);
        foreach (var (_, tensor) in adapter.Parameters)
        {
            foreach (ref var value in tensor.AsFloats())
            {
                value = (float)(random.NextDouble() - 0.5);
            }
        }

        adapter.Save(folder);
    }
}
