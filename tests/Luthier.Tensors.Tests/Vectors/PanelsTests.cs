using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Tests.Vectors;

public sealed unsafe class PanelsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 8)]
    [InlineData(16, 16)]
    [InlineData(13, 21)]
    [InlineData(35, 40)]
    public void Packed_rows_and_columns_lie_where_they_should(int rows, int columns)
    {
        var matrix = Sample.Normal(1, rows, columns + 3);
        var source = matrix.Float32;
        var capacity = rows + 2;
        var panels = Sample.Normal(2, Panels.Padded(columns) * capacity);
        Panels.Pack(source, columns + 3, rows, columns, panels.Float32, capacity);
        var transposed = Sample.Normal(2, Panels.Padded(rows) * columns);
        Panels.PackTransposed(source, columns + 3, rows, columns, transposed.Float32);
        for (var row = 0; row < Panels.Padded(rows); row++)
        {
            for (var column = 0; column < Panels.Padded(columns); column++)
            {
                var value = row < rows && column < columns ? source[(row * (columns + 3)) + column] : 0;
                if (row < rows)
                {
                    panels.Float32[(((column / 16 * capacity) + row) * 16) + (column % 16)].ShouldBe(value);
                }

                if (column < columns)
                {
                    transposed.Float32[(((row / 16 * columns) + column) * 16) + (row % 16)].ShouldBe(value);
                }
            }
        }
    }

    [Fact]
    public void Tiles_of_every_height_multiply_with_any_strides()
    {
        const int steps = 37;
        var a = Sample.Normal(1, 40 * 40);
        var b = Sample.Normal(2, steps * 20);
        for (var rows = 1; rows <= Panels.TileRows; rows++)
        {
            foreach (var (rowStride, stepStride) in ((int, int)[])[(40, 1), (1, 40)])
            {
                var c = Sample.Normal(3, 6, 24);
                var expected = c.Values();
                foreach (var accumulate in (bool[])[true, false])
                {
                    for (var i = 0; i < rows; i++)
                    {
                        for (var j = 0; j < 16; j++)
                        {
                            double sum = accumulate ? expected[(i * 24) + j] : 0;
                            for (var step = 0; step < steps; step++)
                            {
                                sum +=
                                    (double)a.Float32[(i * rowStride) + (step * stepStride)]
                                    * b.Float32[(step * 20) + j];
                            }

                            expected[(i * 24) + j] = (float)sum;
                        }
                    }

                    Panels.Tile(
                        rows,
                        a.Float32,
                        rowStride,
                        stepStride,
                        b.Float32,
                        20,
                        c.Float32,
                        24,
                        steps,
                        accumulate
                    );
                    Against.Close(c.AsFloats(), expected, 1e-5);
                }
            }
        }
    }
}
