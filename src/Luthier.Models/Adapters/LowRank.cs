using System.Numerics;
using Luthier.Tensors;

namespace Luthier.Models.Adapters;

/// <summary>Weights that an adapter makes of base weights, computed in float32.</summary>
internal static unsafe class LowRank
{
    /// <summary>weight [m, n] + scale · left [m, r] · right [r, n], as float32 in memory of its own.</summary>
    public static Tensor Add(Tensor weight, Tensor left, Tensor right, float scale)
    {
        var sum = Tensor.Create(DType.Float32, weight.Shape);
        Conversion.Copy(weight, sum);
        var update = new float[weight.Columns];
        for (var row = 0; row < sum.Rows; row++)
        {
            Array.Clear(update);
            var factors = left.Float32 + ((long)row * left.Columns);
            for (var k = 0; k < right.Rows; k++)
            {
                AddScaled(
                    new Span<float>(right.Float32 + ((long)k * right.Columns), right.Columns),
                    factors[k],
                    update
                );
            }

            AddScaled(update, scale, new Span<float>(sum.Float32 + ((long)row * sum.Columns), sum.Columns));
        }

        GC.KeepAlive(left);
        GC.KeepAlive(right);
        return sum;
    }

    /// <summary>Gives every row of a float32 matrix the length that magnitude [rows] says, in place.</summary>
    public static void NormalizeRows(Tensor matrix, ReadOnlySpan<float> magnitude)
    {
        for (var row = 0; row < matrix.Rows; row++)
        {
            var values = new Span<float>(matrix.Float32 + ((long)row * matrix.Columns), matrix.Columns);
            var factor = magnitude[row] / Norm(values);
            foreach (ref var value in values)
            {
                value *= factor;
            }
        }
    }

    /// <summary>Gives every column of a float32 matrix the length that magnitude [columns] says, in place.</summary>
    public static void NormalizeColumns(Tensor matrix, ReadOnlySpan<float> magnitude)
    {
        var factors = ColumnNorms(matrix);
        for (var column = 0; column < factors.Length; column++)
        {
            factors[column] = magnitude[column] / factors[column];
        }

        for (var row = 0; row < matrix.Rows; row++)
        {
            var values = matrix.Float32 + ((long)row * matrix.Columns);
            for (var column = 0; column < factors.Length; column++)
            {
                values[column] *= factors[column];
            }
        }
    }

    /// <summary>Euclidean length of each row.</summary>
    public static float[] RowNorms(Tensor matrix)
    {
        var norms = new float[matrix.Rows];
        for (var row = 0; row < norms.Length; row++)
        {
            norms[row] = Norm(new Span<float>(matrix.Float32 + ((long)row * matrix.Columns), matrix.Columns));
        }

        return norms;
    }

    /// <summary>Euclidean length of each column.</summary>
    public static float[] ColumnNorms(Tensor matrix)
    {
        var squares = new double[matrix.Columns];
        for (var row = 0; row < matrix.Rows; row++)
        {
            var values = matrix.Float32 + ((long)row * matrix.Columns);
            for (var column = 0; column < squares.Length; column++)
            {
                squares[column] += (double)values[column] * values[column];
            }
        }

        return Array.ConvertAll(squares, square => (float)Math.Sqrt(square));
    }

    /// <summary>A float32 matrix [m, n] as [n, m], in memory of its own.</summary>
    public static Tensor Transpose(Tensor matrix)
    {
        var transposed = Tensor.Create(DType.Float32, matrix.Columns, matrix.Rows);
        for (var row = 0; row < matrix.Rows; row++)
        {
            for (var column = 0; column < matrix.Columns; column++)
            {
                transposed.Float32[((long)column * matrix.Rows) + row] = matrix.Float32[
                    ((long)row * matrix.Columns) + column
                ];
            }
        }

        return transposed;
    }

    private static float Norm(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += (double)value * value;
        }

        return (float)Math.Sqrt(sum);
    }

    private static void AddScaled(ReadOnlySpan<float> values, float factor, Span<float> sum)
    {
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(sum[i..]) + (new Vector<float>(values[i..]) * factor)).CopyTo(sum[i..]);
        }

        for (; i < values.Length; i++)
        {
            sum[i] += values[i] * factor;
        }
    }
}
