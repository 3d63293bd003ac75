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
}
