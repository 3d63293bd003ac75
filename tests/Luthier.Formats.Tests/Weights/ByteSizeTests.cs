using Luthier.Formats.Weights;

namespace Luthier.Formats.Tests.Weights;

public class ByteSizeTests
{
    [Theory]
    [InlineData("400MB", 400_000_000)]
    [InlineData("100kB", 100_000)]
    [InlineData("5 GB", 5_000_000_000)]
    [InlineData("10GiB", 10L << 30)]
    [InlineData("2mib", 2L << 20)]
    [InlineData("1.5KB", 1_500)]
    [InlineData("7B", 7)]
    [InlineData(" 12345 ", 12345)]
    public void Reads_sizes(string text, long expected) => ByteSize.Parse(text).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("MB")]
    [InlineData("0MB")]
    [InlineData("-5MB")]
    [InlineData("1e3MB")]
    [InlineData("12 parsecs")]
    [InlineData("99999999999999999999999999999TB")]
    [InlineData("99999999999TB")]
    public void Refuses_the_rest(string text) =>
        Should.Throw<FormatException>(() => ByteSize.Parse(text)).Message.ShouldContain("is not a size such as 400MB");
}
