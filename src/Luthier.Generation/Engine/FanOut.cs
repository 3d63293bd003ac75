namespace Luthier.Generation.Engine;

/// <summary>
/// Several texts for one prompt, which is computed once: text i draws with the request's seed plus i, and is called the
/// request's id, a hyphen and i.
/// </summary>
public static class FanOut
{
    /// <summary>Submits all of them, or none.</summary>
    /// <inheritdoc cref="InferenceEngine.Submit" path="/exception"/>
    public static IReadOnlyList<GenerationStream> Submit(InferenceEngine engine, GenerationRequest request, int count)
    {
        if (count < 1)
        {
            throw new ArgumentException($"{count} texts are asked for, expected 1 or more");
        }

        var streams = new List<GenerationStream>(count);
        try
        {
            for (var i = 0; i < count; i++)
            {
                var options = request.Options with { Seed = unchecked(request.Options.Seed + (ulong)i) };
                streams.Add(engine.Submit(request with { Id = $"{request.Id}-{i}", Options = options }));
            }
        }
        catch
        {
            streams.ForEach(stream => stream.Cancel());
            throw;
        }

        return streams;
    }

    /// <summary>Generates some texts and gives those whose tokens were together the most probable, the best first.</summary>
    /// <param name="engine">What generates.</param>
    /// <param name="request">The request.</param>
    /// <param name="count">How many are wanted.</param>
    /// <param name="of">How many are generated; at least as many.</param>
    /// <param name="cancellation">Ends all of them.</param>
    /// <exception cref="GenerationFailedException">One of them could not be computed.</exception>
    /// <inheritdoc cref="InferenceEngine.Submit" path="/exception"/>
    public static async Task<IReadOnlyList<CompletedText>> BestAsync(
        InferenceEngine engine,
        GenerationRequest request,
        int count,
        int of,
        CancellationToken cancellation = default
    )
    {
        if (of < count)
        {
            throw new ArgumentException($"the best {count} of {of} texts are asked for, expected at most {of}");
        }

        var options = request.Options with { Logprobs = request.Options.Logprobs ?? 0 };
        var streams = Submit(engine, request with { Options = options }, of);
        try
        {
            var texts = new List<CompletedText>(of);
            foreach (var stream in streams)
            {
                texts.Add(await CompletedText.ReadAsync(stream, cancellation).ConfigureAwait(false));
            }

            return [.. texts.OrderByDescending(text => text.CumulativeLogprob).Take(count)];
        }
        finally
        {
            foreach (var stream in streams)
            {
                stream.Cancel();
            }
        }
    }
}
