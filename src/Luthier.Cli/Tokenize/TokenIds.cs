using System.Globalization;
using Luthier.Cli.CommandLine;
using Luthier.Formats;

namespace Luthier.Cli.Tokenize;

/// <summary>Token ids as people and programs write them: separated by spaces, lines or commas, perhaps in brackets.</summary>
internal static class TokenIds
{
    private static readonly char[] Separators = [' ', '\t', '\r', '\n', ',', '[', ']'];

    /// <exception cref="UsageException">Something that was typed is no id below the vocabulary's size.</exception>
    /// <exception cref="InvalidFileException">Something that was read is none.</exception>
    public static int[] Parse(InputText input, int vocabularySize)
    {
        var words = input.Text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        var ids = new int[words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            if (
                !int.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i])
                || ids[i] >= vocabularySize
            )
            {
                throw input.Invalid(
                    $"'{words[i]}' at place {i + 1} is no token id; expected whole numbers below {vocabularySize}"
                );
            }
        }

        return ids;
    }
}
