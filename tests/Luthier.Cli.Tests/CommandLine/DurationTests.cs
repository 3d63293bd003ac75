using Luthier.Cli.CommandLine;

namespace Luthier.Cli.Tests.CommandLine;

public sealed class DurationTests
{
    [Theory]
    [InlineData(-1, "0s")]
    [InlineData(0, "0s")]
    [InlineData(7.2, "8s")]
    [InlineData(59.5, "1m 00s")]
    [InlineData(200, "3m 20s")]
    [InlineData(3900, "1h 05m")]
    [InlineData(360000, "100h 00m")]
    public void Two_units_at_most(double seconds, string expected) =>
        Duration.Short(TimeSpan.FromSeconds(seconds)).ShouldBe(expected);
}
