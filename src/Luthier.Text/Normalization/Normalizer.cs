namespace Luthier.Text.Normalization;

/// <summary>Rewrites a stretch of text between added tokens before it is split.</summary>
internal abstract class Normalizer
{
    public abstract string Normalize(string text);
}

/// <summary>Applies normalizers in order.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<Normalizer> normalizers) : Normalizer
{
    public override string Normalize(string text)
    {
        foreach (var normalizer in normalizers)
        {
            text = normalizer.Normalize(text);
        }

        return text;
    }
}
