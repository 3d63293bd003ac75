using Luthier.Training.Sampling;

namespace Luthier.Training.Tests.Sampling;

public sealed class SeededRandomTests
{
    // numpy.random.default_rng(42).permutation(20)
    [Fact]
    public void APermutationIsThatOfNumpy() =>
        new SeededRandom(42)
            .Permutation(20)
            .ShouldBe([15, 9, 14, 7, 12, 10, 6, 19, 3, 0, 16, 5, 11, 18, 2, 4, 17, 1, 13, 8]);

    // numpy.random.default_rng([7, 3]).permutation(12)
    [Fact]
    public void SeveralNumbersMakeASeed() =>
        new SeededRandom(7, 3).Permutation(12).ShouldBe([4, 2, 5, 8, 7, 3, 11, 10, 0, 1, 9, 6]);

    [Fact]
    public void NumbersBelowABoundStayBelowItAndAllOccur()
    {
        var random = new SeededRandom(1);
        var counts = new int[7];
        for (var i = 0; i < 7000; i++)
        {
            counts[random.Below(7)]++;
        }

        counts.ShouldAllBe(count => count > 800 && count < 1200);
    }

    [Fact]
    public void TheSplitHoldsOutTheRowsThatAlpacaLoraHoldsOut()
    {
        var (training, heldOut) = ValidationSplit.Of(52002, 2000);

        // numpy.random.default_rng(42).permutation(52002): entries 0 to 2 and 1999 are held out, the last one is not.
        heldOut.Length.ShouldBe(2000);
        foreach (var row in new[] { 31688, 10899, 13999, 27393 })
        {
            Array.BinarySearch(heldOut, row).ShouldBeGreaterThanOrEqualTo(0);
        }

        Array.BinarySearch(training, 9864).ShouldBeGreaterThanOrEqualTo(0);
        training.Concat(heldOut).Order().ShouldBe(Enumerable.Range(0, 52002));
        training.ShouldBeInOrder();
    }
}
