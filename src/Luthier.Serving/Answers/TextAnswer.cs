using System.Diagnostics;
using System.Text.Json;
using Luthier.Generation.Engine;
using Luthier.Serving.Choices;
using Luthier.Serving.Fields;
using Luthier.Serving.Hosting;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;
using Microsoft.AspNetCore.Http;

namespace Luthier.Serving.Answers;

/// <summary>A request for text that was read and understood.</summary>
internal sealed record TextJob
{
    public required GenerationFields Fields { get; init; }

    /// <summary>Tokens to continue, at least one prompt.</summary>
    public required IReadOnlyList<int[]> Prompts { get; init; }

    /// <summary>Texts to compute for each prompt; the best <see cref="GenerationFields.Choices"/> of them are answered.</summary>
    public required int Candidates { get; init; }

    public required GenerationRequest Request { get; init; }

    /// <summary>What the texts must be; null: any text.</summary>
    public ConstraintRequest? Constraint { get; init; }

    /// <summary>What answers call the model.</summary>
    public required string ModelName { get; init; }

    public required AnswerFormat Format { get; init; }
}

/// <summary>
/// Answers a request for text: (1) compiles what the text must be, (2) submits it, (3) waits for its tokens, (4) writes
/// them, at once or as they come.
/// </summary>
internal sealed class TextAnswer
{
    private readonly HttpContext context;
    private readonly TextJob job;
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly long created = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    private TextAnswer(HttpContext context, TextJob job)
    {
        this.context = context;
        this.job = job;
    }

    private RequestRecord Record => RequestRecord.Of(context);

    public static async Task WriteAsync(HttpContext context, ServedModel model, TextJob job)
    {
        var answer = new TextAnswer(context, job);
        // (1)
        var request = job.Constraint is { } constraint
            ? await constraint.ApplyAsync(job.Request, model, context.RequestAborted).ConfigureAwait(false)
            : job.Request;
        // (2)
        var choices = await ChoiceSet.SubmitAsync(model, request, job.Prompts, job.Candidates).ConfigureAwait(false);
        await using (choices.ConfigureAwait(false))
        {
            try
            {
                // (3), (4)
                await (
                    job.Fields.Stream ? answer.StreamAsync(choices) : answer.WriteWholeAsync(choices)
                ).ConfigureAwait(false);
            }
            finally
            {
                Usage.Of(choices.Choices, job.Candidates).AddTo(answer.Record);
            }
        }
    }

    private async Task WriteWholeAsync(ChoiceSet choices)
    {
        await choices.CompleteAsync(OnFirstToken, context.RequestAborted).ConfigureAwait(false);
        var head = Head(job.Format.Object);
        var best = choices.Best(job.Candidates, job.Fields.Choices);
        await ResponseJson
            .WriteAsync(
                context,
                StatusCodes.Status200OK,
                writer =>
                {
                    writer.WriteStartObject();
                    head.Write(writer);
                    writer.WriteStartArray("choices");
                    foreach (var choice in best)
                    {
                        writer.WriteStartObject();
                        job.Format.WriteWhole(writer, choice);
                        writer.WriteEndObject();
                    }

                    writer.WriteEndArray();
                    Usage.Of(choices.Choices, job.Candidates).Write(writer);
                    job.Format.WriteEnd(writer, best);
                    writer.WriteEndObject();
                }
            )
            .ConfigureAwait(false);
    }

    private async Task StreamAsync(ChoiceSet choices)
    {
        var events = new EventStream(context);
        await using (events.ConfigureAwait(false))
        {
            try
            {
                await SendAllAsync(choices, events).ConfigureAwait(false);
            }
            catch (Exception exception) when (context.Response.HasStarted && ChoiceSet.ErrorOf(exception) is { } error)
            {
                Record.Fail(error, exception);
                await events.FailAsync(error).ConfigureAwait(false);
            }

            await events.EndAsync().ConfigureAwait(false);
        }
    }

    private async Task SendAllAsync(ChoiceSet choices, EventStream events)
    {
        var head = Head(job.Format.ChunkObject);
        var opened = new HashSet<Choice>();
        await foreach (var choice in choices.ReadAsync(context.RequestAborted).ConfigureAwait(false))
        {
            OnFirstToken();
            if (job.Format.HasOpening && opened.Add(choice))
            {
                await SendAsync(events, head, choices, choice, job.Format.WriteOpening).ConfigureAwait(false);
            }

            // Also a token without text of its own: clients count and time the parts.
            await SendAsync(events, head, choices, choice, job.Format.WritePart).ConfigureAwait(false);
            choice.OnWritten();
        }

        if (job.Fields.IncludeUsage)
        {
            await SendUsageAsync(events, head, choices).ConfigureAwait(false);
        }
    }

    private ValueTask SendAsync(
        EventStream events,
        AnswerHead head,
        ChoiceSet choices,
        Choice choice,
        Action<Utf8JsonWriter, Choice> write
    ) =>
        events.SendAsync(writer =>
        {
            writer.WriteStartObject();
            head.Write(writer);
            writer.WriteStartArray("choices");
            writer.WriteStartObject();
            write(writer, choice);
            writer.WriteEndObject();
            writer.WriteEndArray();
            if (job.Fields.ContinuousUsage)
            {
                Usage.Of(choices.Choices, job.Candidates).Write(writer);
            }
            else if (job.Fields.IncludeUsage)
            {
                writer.WriteNull("usage");
            }

            writer.WriteEndObject();
        });

    private ValueTask SendUsageAsync(EventStream events, AnswerHead head, ChoiceSet choices) =>
        events.SendAsync(writer =>
        {
            writer.WriteStartObject();
            head.Write(writer);
            writer.WriteStartArray("choices");
            writer.WriteEndArray();
            Usage.Of(choices.Choices, job.Candidates).Write(writer);
            writer.WriteEndObject();
        });

    private AnswerHead Head(string kind) => new(job.Request.Id, kind, created, job.ModelName);

    private void OnFirstToken() => Record.FirstToken ??= Stopwatch.GetElapsedTime(start);
}
