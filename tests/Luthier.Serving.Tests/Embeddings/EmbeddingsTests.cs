using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Luthier.Generation.Engine;

namespace Luthier.Serving.Tests.Embeddings;

/// <summary>Texts as vectors.</summary>
public sealed class EmbeddingsTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Path = "/v1/embeddings";

    private readonly TestServer server = shared.Server;

    [Fact]
    public async Task Vectors_have_length_1_and_are_those_of_the_engine()
    {
        var answer = await server.PostAsync(Path, """{"input":["The news","Sports"],"model":"test-model"}""");
        answer.Status.ShouldBe(200, answer.ToString());
        ((string?)answer.Body["object"]).ShouldBe("list");
        var data = answer.Body["data"]!.AsArray();
        data.Select(item => (int)item!["index"]!).ShouldBe([0, 1]);
        var vector = Floats(data[0]!);
        vector.Sum(x => (double)x * x).ShouldBe(1, 1e-5);
        var ids = server.Model.Tokenizer.Encode("The news");
        vector.ShouldBe(await server.Model.Engine.EmbedAsync(ids, Pooling.Last));
        var usage = answer.Body["usage"]!;
        ((int)usage["prompt_tokens"]!).ShouldBe(ids.Length + server.Model.Tokenizer.Encode("Sports").Length);
        ((int)usage["total_tokens"]!).ShouldBe((int)usage["prompt_tokens"]!);

        var mean = await server.PostAsync(Path, """{"input":"The news","pooling":"mean"}""");
        Floats(mean.Body["data"]![0]!).ShouldBe(await server.Model.Engine.EmbedAsync(ids, Pooling.Mean));
    }

    [Fact]
    public async Task Base64_has_the_same_numbers_and_fewer_dimensions_point_the_same_way()
    {
        var plain = await server.PostAsync(Path, """{"input":"The news"}""");
        var vector = Floats(plain.Body["data"]![0]!);
        var encoded = await server.PostAsync(Path, """{"input":"The news","encoding_format":"base64"}""");
        var bytes = Convert.FromBase64String((string)encoded.Body["data"]![0]!["embedding"]!);
        MemoryMarshal.Cast<byte, float>(bytes).ToArray().ShouldBe(vector);

        var shorter = Floats(
            (await server.PostAsync(Path, """{"input":"The news","dimensions":8}""")).Body["data"]![0]!
        );
        shorter.Length.ShouldBe(8);
        shorter.Sum(x => (double)x * x).ShouldBe(1, 1e-5);
        var scale = shorter[0] / vector[0];
        shorter.Zip(vector).ShouldAllBe(pair => Math.Abs(pair.First - (pair.Second * scale)) < 1e-4);
    }

    [Theory]
    [InlineData("""{}""", null, "field input is missing")]
    [InlineData("""{"input":""}""", null, null)]
    [InlineData("""{"input":[[1],[]]}""", "input[1]", "has 0 items")]
    [InlineData("""{"input":"a","dimensions":257}""", "dimensions", "expected an integer from 1 to 256")]
    [InlineData("""{"input":"a","encoding_format":"hex"}""", "encoding_format", "expected float or base64")]
    [InlineData("""{"input":"a","pooling":"max"}""", "pooling", "expected mean or last")]
    public async Task Wrong_fields_are_named(string body, string? parameter, string? message)
    {
        var answer = await server.PostAsync(Path, body);
        if (message is null)
        {
            // The begin token alone is a text.
            answer.Status.ShouldBe(200, answer.ToString());
            return;
        }

        answer.Status.ShouldBe(400, answer.ToString());
        ((string?)answer.Body["error"]!["param"]).ShouldBe(parameter);
        ((string)answer.Body["error"]!["message"]!).ShouldContain(message);
    }

    [Fact]
    public async Task A_text_that_is_too_long_is_refused_or_truncated()
    {
        var ids = string.Join(',', Enumerable.Repeat(9, 1100));
        var refused = await server.PostAsync(Path, $$"""{"input":[{{ids}}]}""");
        ((string)refused.Body["error"]!["message"]!).ShouldContain("is 1024 tokens, but the prompt has 1100");
        var kept = await server.PostAsync(Path, $$"""{"input":[{{ids}}],"truncate_prompt_tokens":-1}""");
        ((int)kept.Body["usage"]!["prompt_tokens"]!).ShouldBe(1024);
    }

    private static float[] Floats(JsonNode item) => [.. item["embedding"]!.AsArray().Select(x => (float)x!)];
}
