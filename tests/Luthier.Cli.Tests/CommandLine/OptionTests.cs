using System.CommandLine;

namespace Luthier.Cli.Tests.CommandLine;

public sealed class OptionTests
{
    private static readonly SampleVerb Verb = new();

    [Theory]
    [InlineData("--batch-size 0", "--batch-size is '0'; expected a whole number of 1 or more")]
    [InlineData("--batch-size 1.5", "--batch-size is '1.5'; expected a whole number of 1 or more")]
    [InlineData("--batch-size 99999999999", "--batch-size is '99999999999'; expected a whole number of 1 or more")]
    [InlineData("--learning-rate -1", "--learning-rate is '-1'; expected a number of 0 or more")]
    [InlineData("--learning-rate NaN", "--learning-rate is 'NaN'; expected a number of 0 or more")]
    [InlineData("--mode medium", "--mode is 'medium'; expected one of fast, slow")]
    public void A_bad_value_is_named_with_what_was_expected(string typed, string expected) =>
        Parse(typed).Errors.Select(e => e.Message).ShouldBe([expected]);

    [Theory]
    [InlineData("1e-4", 1e-4)]
    [InlineData("0.5", 0.5)]
    [InlineData("3", 3)]
    public void Numbers_are_read_with_a_point(string text, double expected) =>
        Parse("--learning-rate " + text).GetValue(Verb.Rate).ShouldBe(expected);

    [Fact]
    public void Defaults_hold_where_nothing_is_given()
    {
        var parsed = Parse("--mode slow");
        parsed.GetValue(Verb.Size).ShouldBe(128);
        parsed.GetValue(Verb.Rate).ShouldBe(3e-4);
    }

    private static ParseResult Parse(string typed)
    {
        RootCommand root = [Verb];
        return root.Parse(["sample", .. typed.Split(' ')]);
    }
}
