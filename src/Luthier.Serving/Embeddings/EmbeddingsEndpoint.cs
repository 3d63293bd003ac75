using System.Runtime.InteropServices;
using System.Text.Json;
using Luthier.Formats.Json;
using Luthier.Generation.Engine;
using Luthier.Serving.Answers;
using Luthier.Serving.Choices;
using Luthier.Serving.Fields;
using Luthier.Serving.Hosting;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Embeddings;

/// <summary><c>POST /v1/embeddings</c>: texts as vectors of length 1.</summary>
internal sealed class EmbeddingsEndpoint(ServedModel model, ModelCatalog catalog)
{
    /// <summary>What a request asks for.</summary>
    /// <param name="Prompts">Tokens of each text.</param>
    /// <param name="Pooling">How hidden states become a vector.</param>
    /// <param name="Dimensions">Only so many first components are kept; null: all.</param>
    /// <param name="IsBase64">Whether vectors are float32 in base64 rather than lists of numbers.</param>
    /// <param name="Model">Who computes them.</param>
    private sealed record Request(
        IReadOnlyList<int[]> Prompts,
        Pooling Pooling,
        int? Dimensions,
        bool IsBase64,
        ModelChoice Model
    );

    public async Task HandleAsync(HttpContext context)
    {
        var request = Read(await RequestBody.ReadAsync(context).ConfigureAwait(false));
        var record = RequestRecord.Of(context);
        var vectors = await ComputeAsync(request, context.RequestAborted).ConfigureAwait(false);
        record.PromptTokens = request.Prompts.Sum(prompt => prompt.Length);
        await ResponseJson
            .WriteAsync(context, StatusCodes.Status200OK, writer => Write(writer, request, record, vectors))
            .ConfigureAwait(false);
    }

    private Request Read(FieldReader body)
    {
        body.Check(body.Root.Find("input") is not null, "field input is missing");
        var addSpecialTokens = body.Boolean("add_special_tokens", fallback: true);
        var prompts = body.Read("input", (IReadOnlyList<int[]>)[], f => PromptFields.Read(f, model, addSpecialTokens));
        var truncate = body.Read("truncate_prompt_tokens", (int?)null, PromptFields.ReadTruncation);
        var pooling = body.Read("pooling", model.Pooling, ReadPooling);
        var size = model.Config.HiddenSize;
        var dimensions = body.Read("dimensions", (int?)null, field => field.AsInt32(1, size));
        var isBase64 = body.Read("encoding_format", fallback: false, ReadFormat);
        var name = body.Text("model");
        body.ThrowIfWrong();
        var maxLength = model.Engine.MaxModelLength;
        var kept = prompts.Select(prompt => PromptFields.Truncate(prompt, truncate, maxLength)).ToArray();
        foreach (var prompt in kept)
        {
            PromptFields.MaxNewTokens(prompt.Length, wanted: 0, maxLength, "input");
        }

        return new Request(kept, pooling, dimensions, isBase64, catalog.Find(name));
    }

    private async Task<float[][]> ComputeAsync(Request request, CancellationToken cancellation)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            return await Task.WhenAll(request.Prompts.Select(ComputeOneAsync)).ConfigureAwait(false);
        }
        catch (Exception exception) when (ChoiceSet.ErrorOf(exception) is { } error)
        {
            throw new ApiException(error);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ApiException(ChoiceSet.Stopped);
        }

        async Task<float[]> ComputeOneAsync(int[] prompt)
        {
            try
            {
                var vector = await model
                    .Engine.EmbedAsync(prompt, request.Pooling, request.Model.Adapter, failed.Token)
                    .ConfigureAwait(false);
                return request.Dimensions is { } count ? Shorten(vector, count) : vector;
            }
            catch
            {
                // One that fails makes the others useless.
                await failed.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>The first components, again with length 1.</summary>
    private static float[] Shorten(float[] vector, int count)
    {
        var kept = vector[..count];
        var length = Math.Max(Math.Sqrt(kept.Sum(x => (double)x * x)), 1e-12);
        return Array.ConvertAll(kept, x => (float)(x / length));
    }

    private static void Write(Utf8JsonWriter writer, Request request, RequestRecord record, float[][] vectors)
    {
        writer.WriteStartObject();
        var created = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        new AnswerHead($"embd-{record.Id}", "list", created, request.Model.Name).Write(writer);
        writer.WriteStartArray("data");
        for (var i = 0; i < vectors.Length; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("object", "embedding");
            writer.WriteNumber("index", i);
            WriteVector(writer, vectors[i], request.IsBase64);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartObject("usage");
        writer.WriteNumber("prompt_tokens", record.PromptTokens);
        writer.WriteNumber("total_tokens", record.PromptTokens);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteVector(Utf8JsonWriter writer, float[] vector, bool isBase64)
    {
        if (isBase64)
        {
            // Little-endian, as all platforms of .NET are.
            writer.WriteBase64String("embedding", MemoryMarshal.AsBytes<float>(vector));
            return;
        }

        writer.WriteStartArray("embedding");
        foreach (var component in vector)
        {
            writer.WriteNumberValue(component);
        }

        writer.WriteEndArray();
    }

    private static Pooling ReadPooling(JsonField field) =>
        field.AsString() switch
        {
            "mean" => Pooling.Mean,
            "last" => Pooling.Last,
            _ => throw field.Expected("mean or last"),
        };

    private static bool ReadFormat(JsonField field) =>
        field.AsString() switch
        {
            "float" => false,
            "base64" => true,
            _ => throw field.Expected("float or base64"),
        };
}
