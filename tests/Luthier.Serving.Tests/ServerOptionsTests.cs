namespace Luthier.Serving.Tests;

public sealed class ServerOptionsTests
{
    [Fact]
    public void Everything_wrong_is_said_at_once() =>
        new ServerOptions
        {
            Host = "no.such.host.invalid",
            Port = 70_000,
            ApiKeys = [""],
            MaxBodyBytes = 0,
        }
            .Problems()
            .ShouldBe([
                "port is 70000, expected 0 to 65535",
                "host is 'no.such.host.invalid', expected an address or a name of this machine",
                "an API key is empty",
                "the largest body is 0 bytes, expected 1 or more",
            ]);

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("::1", true)]
    [InlineData("localhost", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("192.0.2.1", false)]
    public void Only_loopback_needs_no_key(string host, bool isFine)
    {
        var options = new ServerOptions { Host = host };
        options.Problems().Count.ShouldBe(isFine ? 0 : 1);
        (options with { ApiKeys = ["k"] }).Problems().ShouldBeEmpty();
    }
}
