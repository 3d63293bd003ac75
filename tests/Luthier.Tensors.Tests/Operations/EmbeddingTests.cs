using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class EmbeddingTests
{
    [Fact]
    public void Gradients_are_slopes_where_ids_repeat()
    {
        var table = Sample.Normal(1, 4, 3);
        FiniteDifferences.Check(tape => Embedding.Apply(tape, [1, 3, 1, 1], table, 1.5f), [table]);
    }

    [Theory]
    [InlineData(DType.Float32, 5, 11, 1f)]
    [InlineData(DType.BFloat16, 40, 130, 8f)]
    [InlineData(DType.Float16, 333, 64, 1f)]
    public void Kernels_agree_with_the_reference(DType type, int count, int d, float scale)
    {
        var table = Sample.Normal(1, 20, d).As(type);
        var ids = Sample.Ids(2, count, 20);
        var y = Sample.Normal(3, count, d);
        var dY = Sample.Normal(4, count, d);
        var dTable = Sample.Normal(5, 20, d);
        Against.Reference(t => t.Embedding(ids, table, y, scale), 0, y);
        Against.Reference(t => t.EmbeddingBackward(ids, dY, dTable, scale), 1e-6, dTable);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public void An_id_outside_the_vocabulary_is_refused(int id)
    {
        using var device = TestDevice.Create(1);
        using var tape = new Tape(device);
        var table = Sample.Normal(1, 4, 3);
        Should
            .Throw<ArgumentOutOfRangeException>(() => Embedding.Apply(tape, [0, id], table))
            .Message.ShouldContain("vocabulary 0..3");
    }
}
