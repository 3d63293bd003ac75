using System.ClientModel;
using System.ClientModel.Primitives;
using Luthier.Serving.Models;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;

namespace Luthier.Serving.Tests.Peers;

/// <summary>OpenAI's own client for .NET, in sessions with our server.</summary>
public sealed class OpenAiClientTests : IAsyncLifetime
{
    private const string Key = "a-key";

    private TestServer server = null!;
    private OpenAIClient client = null!;

    private ChatClient Chat => client.GetChatClient(TestServer.ModelName);

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync(
            options: new ModelOptions
            {
                Path = TestServer.SmallModel,
                ChatTemplate = Luthier.Serving.Tests.Chat.ChatServer.Template,
            },
            server: new ServerOptions { ApiKeys = [Key] }
        );
        client = Client(Key);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_chat_goes_on()
    {
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 12 };
        var messages = new List<ChatMessage> { new SystemChatMessage("Be brief."), new UserChatMessage("News?") };
        ChatCompletion first = await Chat.CompleteChatAsync(messages, options);
        first.Role.ShouldBe(ChatMessageRole.Assistant);
        first.Content[0].Text.ShouldNotBeEmpty();
        first.Model.ShouldBe(TestServer.ModelName);
        first.CreatedAt.ShouldBeInRange(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
        first.Usage.TotalTokenCount.ShouldBe(first.Usage.InputTokenCount + first.Usage.OutputTokenCount);

        messages.Add(new AssistantChatMessage(first));
        messages.Add(new UserChatMessage("And then?"));
        ChatCompletion second = await Chat.CompleteChatAsync(messages, options);
        second.Usage.InputTokenCount.ShouldBeGreaterThan(first.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task A_stream_has_the_text_of_the_whole_and_its_usage()
    {
        var options = new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 20 };
        ChatCompletion whole = await Chat.CompleteChatAsync([new UserChatMessage("Markets")], options);
        var text = "";
        ChatFinishReason? reason = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in Chat.CompleteChatStreamingAsync([new UserChatMessage("Markets")], options))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            reason ??= update.FinishReason;
            usage ??= update.Usage;
        }

        text.ShouldBe(whole.Content.Count > 0 ? whole.Content[0].Text : "");
        reason.ShouldBe(whole.FinishReason);
        usage.ShouldNotBeNull().OutputTokenCount.ShouldBe(whole.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task Tools_structured_outputs_and_logprobs_are_understood()
    {
        var schema = BinaryData.FromString(
            """{"type":"object","properties":{"city":{"enum":["Rome","Oslo"]}},"required":["city"],"additionalProperties":false}"""
        );
        var options = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 60,
            ToolChoice = ChatToolChoice.CreateRequiredChoice(),
            AllowParallelToolCalls = false,
            Tools = { ChatTool.CreateFunctionTool("weather", "Tells it", schema) },
        };
        ChatCompletion called = await Chat.CompleteChatAsync([new UserChatMessage("Rome?")], options);
        called.FinishReason.ShouldBe(ChatFinishReason.ToolCalls);
        called.ToolCalls.Single().FunctionName.ShouldBe("weather");
        City(called.ToolCalls.Single().FunctionArguments).ShouldBeOneOf("Rome", "Oslo");
        var arguments = "";
        await foreach (var update in Chat.CompleteChatStreamingAsync([new UserChatMessage("Rome?")], options))
        {
            arguments += string.Concat(update.ToolCallUpdates.Select(call => call.FunctionArgumentsUpdate.ToString()));
        }

        City(BinaryData.FromString(arguments)).ShouldBeOneOf("Rome", "Oslo");

        var formed = new ChatCompletionOptions
        {
            MaxOutputTokenCount = 60,
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("trip", schema, jsonSchemaIsStrict: true),
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 2,
        };
        ChatCompletion trip = await Chat.CompleteChatAsync([new UserChatMessage("Where?")], formed);
        City(BinaryData.FromString(trip.Content[0].Text)).ShouldBeOneOf("Rome", "Oslo");
        trip.ContentTokenLogProbabilities.Count.ShouldBe(trip.Usage.OutputTokenCount);
        trip.ContentTokenLogProbabilities.ShouldAllBe(token => token.TopLogProbabilities.Count == 2);

        static string? City(BinaryData json) =>
            System.Text.Json.JsonDocument.Parse(json).RootElement.GetProperty("city").GetString();
    }

    [Fact]
    public async Task Errors_are_understood()
    {
        var wrong = await Should.ThrowAsync<ClientResultException>(() =>
            Chat.CompleteChatAsync([new UserChatMessage("x")], new ChatCompletionOptions { TopP = 7 })
        );
        wrong.Status.ShouldBe(400);
        wrong.Message.ShouldContain("top_p");

        var unknown = await Should.ThrowAsync<ClientResultException>(() =>
            client.GetChatClient("other").CompleteChatAsync([new UserChatMessage("x")])
        );
        unknown.Status.ShouldBe(404);

        var key = await Should.ThrowAsync<ClientResultException>(() =>
            Client("another-key").GetChatClient(TestServer.ModelName).CompleteChatAsync([new UserChatMessage("x")])
        );
        key.Status.ShouldBe(401);
    }

    [Fact]
    public async Task A_stream_that_is_left_ends_its_request()
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 900 };
        // The text must not end by itself.
        options.LogitBiases[server.Model.Tokenizer.EosId!.Value] = -100;
        using var leaving = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            var updates = Chat.CompleteChatStreamingAsync([new UserChatMessage("x")], options, leaving.Token);
            await foreach (var _ in updates)
            {
                await leaving.CancelAsync();
            }
        });
        await server.UntilIdleAsync();
    }

    [Fact]
    public async Task Embeddings_and_models_are_understood()
    {
        var embeddings = client.GetEmbeddingClient(TestServer.ModelName);
        OpenAIEmbeddingCollection vectors = await embeddings.GenerateEmbeddingsAsync(
            ["One", "Two"],
            new EmbeddingGenerationOptions { Dimensions = 32 }
        );
        vectors.Count.ShouldBe(2);
        vectors[0].ToFloats().Length.ShouldBe(32);
        vectors[0].ToFloats().ToArray().Sum(x => (double)x * x).ShouldBe(1, 1e-5);
        vectors.Usage.InputTokenCount.ShouldBeGreaterThan(2);

        var models = await client.GetOpenAIModelClient().GetModelsAsync();
        models.Value.Select(model => model.Id).ShouldBe([TestServer.ModelName]);
        var model = await client.GetOpenAIModelClient().GetModelAsync(TestServer.ModelName);
        model.Value.OwnedBy.ShouldBe("luthier");
    }

    private OpenAIClient Client(string key) =>
        new(
            new ApiKeyCredential(key),
            new OpenAIClientOptions
            {
                Endpoint = new Uri(server.Server.Address, "v1"),
                RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            }
        );
}
