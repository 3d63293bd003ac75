using Luthier.Training.Options;

namespace Luthier.Training.Tests.Options;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("mdoel", "; did you mean model?")]
    [InlineData("modeltype", "; did you mean model-type?")]
    [InlineData("modl", "; did you mean model?")]
    [InlineData("temperature", "")]
    [InlineData("", "")]
    public void TheNearestNameIsSuggestedIfItIsNear(string typed, string expected) =>
        Suggestion.For(typed, ["seeds", "model", "model-type", "models"]).ShouldBe(expected);

    [Fact]
    public void OfNoNamesNoneIsNear() => Suggestion.For("a", []).ShouldBeEmpty();
}
