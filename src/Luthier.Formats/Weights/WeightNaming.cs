namespace Luthier.Formats.Weights;

/// <summary>How the weight files of one kind are called, whole and in shards.</summary>
/// <param name="Stem">Such as <c>model</c>.</param>
/// <param name="Extension">With its dot.</param>
public sealed record WeightNaming(string Stem, string Extension)
{
    /// <summary>model.safetensors, model-00001-of-00002.safetensors, model.safetensors.index.json</summary>
    public static WeightNaming Safetensors { get; } = new("model", ".safetensors");

    /// <summary>pytorch_model.bin, pytorch_model-00001-of-00002.bin, pytorch_model.bin.index.json</summary>
    public static WeightNaming PyTorch { get; } = new("pytorch_model", ".bin");

    /// <summary>Every naming of a model's weights, in the order in which Transformers looks for them.</summary>
    internal static IReadOnlyList<WeightNaming> Models { get; } = [Safetensors, PyTorch];

    /// <summary>The file that holds everything.</summary>
    public string Single => Stem + Extension;

    /// <summary>The file that says which shard holds which tensor.</summary>
    public string Index => $"{Single}.index.json";

    /// <summary>A shard's file.</summary>
    /// <param name="number">From 1.</param>
    /// <param name="count">Number of all shards; a single one has no suffix.</param>
    public string Shard(int number, int count) =>
        count == 1 ? Single : $"{Stem}-{number:00000}-of-{count:00000}{Extension}";

    /// <summary>Whether a file of this name is one that an export of this kind writes.</summary>
    internal bool Covers(string fileName)
    {
        if (
            string.Equals(fileName, Single, StringComparison.Ordinal)
            || string.Equals(fileName, Index, StringComparison.Ordinal)
        )
        {
            return true;
        }

        var name = fileName.AsSpan();
        if (!name.StartsWith($"{Stem}-") || !name.EndsWith(Extension))
        {
            return false;
        }

        var numbers = name[(Stem.Length + 1)..^Extension.Length];
        var middle = numbers.IndexOf("-of-");
        return middle >= 0 && IsShardNumber(numbers[..middle]) && IsShardNumber(numbers[(middle + 4)..]);
    }

    private static bool IsShardNumber(ReadOnlySpan<char> text) =>
        text.Length >= 5 && !text.ContainsAnyExceptInRange('0', '9');
}
