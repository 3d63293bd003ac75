using Luthier.Tensors.Assembly;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Matrices;

/// <summary>Every kind of product against the reference, on the path under test.</summary>
public sealed class MatMulTests : IDisposable
{
    private static readonly DType[] Types = [DType.Float32, DType.BFloat16, DType.Float16];
    private readonly CpuDevice device = new(threads: 2, TestDevice.Isa);

    public static TheoryData<bool, bool> Transposes =>
        new()
        {
            { false, false },
            { false, true },
            { true, false },
            { true, true },
        };

    public void Dispose() => device.Dispose();

    [Theory]
    [MemberData(nameof(Transposes))]
    public void Sizes_around_the_edges_of_tiles(bool transposeA, bool transposeB)
    {
        int[] sizes = [1, 2, 3, 5, 8, 13, 14, 15, 16, 17, 28, 31, 32, 33, 47, 48, 63, 64, 65, 70];
        var random = new Random(7);
        for (var i = 0; i < 400; i++)
        {
            var m = sizes[random.Next(sizes.Length)];
            var n = sizes[random.Next(sizes.Length)];
            var k = sizes[random.Next(sizes.Length)];
            var product = new Product(m, n, k, transposeA, transposeB)
            {
                TypeA = Types[i % 3],
                TypeB = Types[i / 3 % 3],
                Precision = i % 2 == 0 ? MatMulPrecision.Float32 : MatMulPrecision.BFloat16,
                Alpha = i % 5 == 0 ? 1 : 0.75f - (i % 5),
                Accumulate = i % 4 >= 2,
            };
            product.Check(device, seed: i);
        }
    }

    [Theory]
    [MemberData(nameof(Transposes))]
    public void Several_blocks_of_k_and_tasks(bool transposeA, bool transposeB)
    {
        foreach (var precision in Enum.GetValues<MatMulPrecision>())
        {
            foreach (var type in Types)
            {
                new Product(131, 70, 1301, transposeA, transposeB)
                {
                    TypeA = type,
                    TypeB = type,
                    Precision = precision,
                    Alpha = 0.5f,
                    Accumulate = true,
                }.Check(device, seed: 3);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Transposes))]
    public void Rows_that_fall_on_the_same_cache_lines(bool transposeA, bool transposeB)
    {
        new Product(37, 35, 1024, transposeA, transposeB).Check(device, seed: 4);
        new Product(37, 35, 2048, transposeA, transposeB)
        {
            TypeA = DType.BFloat16,
            TypeB = DType.BFloat16,
            Precision = MatMulPrecision.BFloat16,
        }.Check(device, seed: 5);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(64)]
    public void Low_rank_updates_in_all_their_shapes(int rank)
    {
        const int tokens = 203;
        const int inputs = 165;
        const int outputs = 150;
        Product[] products =
        [
            new(tokens, rank, inputs, false, true),
            new(tokens, outputs, rank, false, true) { Accumulate = true, Alpha = 2 },
            new(outputs, rank, tokens, true, false) { Accumulate = true, Alpha = 2 },
            new(tokens, rank, outputs, false, false) { Alpha = 2 },
            new(rank, inputs, tokens, true, false) { Accumulate = true },
            new(tokens, inputs, rank, false, false) { Accumulate = true },
        ];
        foreach (var product in products)
        {
            product.Check(device, seed: rank);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(9)]
    public void A_few_tokens_by_a_weight(int tokens)
    {
        foreach (var type in Types)
        {
            foreach (var precision in Enum.GetValues<MatMulPrecision>())
            {
                new Product(tokens, 517, 391, false, true) { TypeB = type, Precision = precision }.Check(device, 9);
            }
        }
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        (int M, int N, int K)[] shapes = [(203, 330, 777), (8, 512, 300), (300, 8, 512), (1, 700, 900), (64, 640, 64)];
        foreach (var (m, n, k) in shapes)
        {
            foreach (var precision in Enum.GetValues<MatMulPrecision>())
            {
                for (var mode = 0; mode < 4; mode++)
                {
                    var product = new Product(m, n, k, (mode & 1) != 0, (mode & 2) != 0)
                    {
                        Precision = precision,
                        Alpha = 0.3f,
                        Accumulate = true,
                    };
                    var expected = product.Compute(device, seed: mode);
                    foreach (var threads in new[] { 1, 3, 7 })
                    {
                        using var other = new CpuDevice(threads, TestDevice.Isa);
                        product.Compute(other, seed: mode).ShouldBe(expected, $"{product} on {threads} threads");
                    }
                }
            }
        }
    }

    [Fact]
    public void Every_instruction_set_of_this_machine_agrees()
    {
        foreach (var isa in IsaDetection.Available)
        {
            using var other = new CpuDevice(threads: 2, isa);
            for (var mode = 0; mode < 4; mode++)
            {
                var product = new Product(45, 77, 130, (mode & 1) != 0, (mode & 2) != 0);
                product.Check(other, seed: mode);
                (product with { Precision = MatMulPrecision.BFloat16, TypeB = DType.BFloat16 }).Check(other, mode);
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Values_that_are_not_finite_reach_their_row_or_column_and_no_other(float value)
    {
        foreach (var precision in Enum.GetValues<MatMulPrecision>())
        {
            var a = Sample.Normal(1, 40, 50);
            var b = Sample.Normal(2, 50, 45);
            a.AsFloats()[(17 * 50) + 31] = value;
            b.AsFloats()[(30 * 45) + 44] = value;
            var c = Tensor.Create(DType.Float32, 40, 45);
            device.MatMul(a, false, b, false, c, precision: precision);
            for (var i = 0; i < 40; i++)
            {
                for (var j = 0; j < 45; j++)
                {
                    float.IsFinite(c.AsFloats()[(i * 45) + j]).ShouldBe(i != 17 && j != 44, $"c[{i}, {j}]");
                }
            }
        }
    }

    [Fact]
    public void Overwriting_does_not_read_what_was_there()
    {
        var a = Sample.Normal(1, 20, 30);
        var b = Sample.Normal(2, 30, 40);
        var c = Tensor.Create(DType.Float32, 20, 40);
        c.AsFloats().Fill(float.NaN);
        device.MatMul(a, false, b, false, c);
        c.Values().ShouldAllBe(x => float.IsFinite(x));

        c.AsFloats().Fill(float.NaN);
        device.MatMul(Tensor.Create(DType.Float32, 20, 0), false, Tensor.Create(DType.Float32, 0, 40), false, c);
        c.Values().ShouldAllBe(x => x == 0);
    }

    [Fact]
    public unsafe void Operands_of_any_alignment()
    {
        const int m = 33;
        const int n = 35;
        const int k = 70;
        foreach (var type in Types)
        {
            var a = Sample.Normal(1, m, k).As(type);
            var b = Sample.Normal(2, n, k).As(type);
            var bytes = new byte[a.Bytes + b.Bytes + 2];
            fixed (byte* memory = bytes)
            {
                a.AsBytes().CopyTo(new Span<byte>(memory + 1, (int)a.Bytes));
                b.AsBytes().CopyTo(new Span<byte>(memory + 1 + a.Bytes, (int)b.Bytes));
                var shiftedA = new Tensor(memory + 1, type, [m, k]);
                var shiftedB = new Tensor(memory + 1 + a.Bytes, type, [n, k]);
                foreach (var precision in Enum.GetValues<MatMulPrecision>())
                {
                    var expected = Tensor.Create(DType.Float32, m, n);
                    var actual = Tensor.Create(DType.Float32, m, n);
                    device.MatMul(a, false, b, true, expected, precision: precision);
                    device.MatMul(shiftedA, false, shiftedB, true, actual, precision: precision);
                    actual.Values().ShouldBe(expected.Values());
                }
            }
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        var error = Should.Throw<ArgumentException>(() =>
            device.MatMul(
                Tensor.Create(DType.Float32, 2, 3),
                false,
                Tensor.Create(DType.Float32, 4, 5),
                true,
                Tensor.Create(DType.Float32, 2, 4)
            )
        );
        error.Message.ShouldContain("[2, 3]");
        error.Message.ShouldContain("[4, 5]");
        Should.Throw<ArgumentException>(() =>
            device.MatMul(
                Tensor.Create(DType.Int8, 2, 3),
                false,
                Tensor.Create(DType.Float32, 3, 5),
                false,
                Tensor.Create(DType.Float32, 2, 5)
            )
        );
    }
}
