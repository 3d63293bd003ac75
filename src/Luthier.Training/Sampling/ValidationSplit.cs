namespace Luthier.Training.Sampling;

/// <summary>Which rows are held out to evaluate on.</summary>
internal static class ValidationSplit
{
    private const uint Seed = 42;

    /// <summary>
    /// Holds out the rows that <c>train_test_split(test_size=heldOut, shuffle=True, seed=42)</c> of the datasets library
    /// would, as Alpaca-LoRA does. Both lists keep the order of the rows.
    /// </summary>
    public static (int[] Training, int[] HeldOut) Of(int rows, int heldOut)
    {
        var held = new SeededRandom(Seed).Permutation(rows).AsSpan(0, heldOut).ToArray();
        Array.Sort(held);
        var training = new int[rows - heldOut];
        var (next, count) = (0, 0);
        for (var row = 0; row < rows; row++)
        {
            if (next < held.Length && held[next] == row)
            {
                next++;
            }
            else
            {
                training[count++] = row;
            }
        }

        return (training, held);
    }
}
