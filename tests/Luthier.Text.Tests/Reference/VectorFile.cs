namespace Luthier.Text.Tests.Reference;

/// <summary>Texts with the ids that others' tokenizers give them.</summary>
internal static class VectorFile
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    /// <summary>The cases of a pair of files, by their path without .inp and .out.</summary>
    public static IReadOnlyList<(string Text, int[] Ids)> Read(string relativePath)
    {
        var texts = File.ReadAllText(TestData.Shared(relativePath + ".inp")).Split(Separator);
        var lines = File.ReadAllLines(TestData.Shared(relativePath + ".out"));
        // A separator ends the last case too.
        texts[^1].ShouldBeEmpty();
        lines.Length.ShouldBe(texts.Length - 1);
        return [.. texts.Zip(lines, (text, line) => (text, Parse(line)))];
    }

    private static int[] Parse(string line) =>
        [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
}
