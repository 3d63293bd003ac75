using Luthier.Tensors.Memory;

namespace Luthier.Tensors.Tests.Memory;

public sealed unsafe class NativeMemoryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(2 << 20)]
    [InlineData((5 << 20) + 123)]
    public void A_block_is_aligned_and_zero_to_its_end(int bytes)
    {
        for (var round = 0; round < 2; round++)
        {
            using var memory = new NativeMemory(bytes);
            ((nuint)memory.Pointer % NativeMemory.Alignment).ShouldBe((nuint)0);
            var span = new Span<byte>(memory.Pointer, bytes);
            span.ContainsAnyExcept((byte)0).ShouldBeFalse();
            span.Fill(1);
        }
    }

    [Fact]
    public void What_is_not_touched_takes_no_memory()
    {
        // Far more than the machine has to spare for a test.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "this system's memory is taken when it is asked for");
        using var memory = new NativeMemory(3L << 30);
        memory.Pointer[(3L << 30) - 1] = 1;
        memory.Pointer[0].ShouldBe((byte)0);
    }

    [Fact]
    public void A_disposed_block_has_no_pointer()
    {
        var memory = new NativeMemory(10);
        memory.Dispose();
        memory.Dispose();
        Should.Throw<ObjectDisposedException>(() => memory.Pointer[0] = 1);
    }

    [Fact]
    public void More_than_there_is_is_refused() => Should.Throw<OutOfMemoryException>(() => new NativeMemory(1L << 60));
}
