using Luthier.Tensors.Operations;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Devices;

public sealed unsafe partial class CpuDevice
{
    // Rows whose weight gradients are summed together: fixed, so that no sum depends on the number of threads.
    private const int RowsPerPart = 32;

    public override void Embedding(ReadOnlySpan<int> ids, Tensor table, Tensor y, float scale)
    {
        var columns = table.Columns;
        fixed (int* pinned = ids)
        {
            ForRows(
                ids.Length,
                columns,
                (Ids: (nint)pinned, Table: (nint)table.Data, table.DType, Y: (nint)y.Float32, columns, scale),
                static (s, start, end) =>
                {
                    var rowBytes = s.DType.Bytes(s.columns);
                    for (var row = start; row < end; row++)
                    {
                        var target = (float*)s.Y + ((long)row * s.columns);
                        Conversion.ToFloat32(
                            (byte*)s.Table + (((int*)s.Ids)[row] * rowBytes),
                            s.DType,
                            target,
                            s.columns
                        );
                        if (s.scale != 1)
                        {
                            Lanes.Each(new Elementwise.ScaleKernel(target, s.scale), 0, s.columns);
                        }
                    }
                }
            );
        }

        GC.KeepAlive(table);
        GC.KeepAlive(y);
    }

    public override void EmbeddingBackward(ReadOnlySpan<int> ids, Tensor dY, Tensor dTable, float scale)
    {
        var columns = dTable.Columns;
        var count = ids.Length;
        fixed (int* pinned = ids)
        {
            // By columns, because ids repeat.
            var id = pinned;
            Team.For(
                columns,
                64,
                (start, end) =>
                    Operations.Embedding.Backward(
                        new ReadOnlySpan<int>(id, count),
                        dY.Float32,
                        dTable.Float32,
                        start,
                        end,
                        columns,
                        scale
                    )
            );
        }

        GC.KeepAlive(dY);
        GC.KeepAlive(dTable);
    }

    public override void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor? inverseRms, float epsilon, float offset)
    {
        var d = (int)weight.Count;
        var w = Float32(weight, converted);
        var inverse = FloatsOrNull(inverseRms);
        ForRows(
            (int)(x.Count / d),
            d,
            (X: (nint)x.Float32, W: (nint)w, Y: (nint)y.Float32, Inverse: (nint)inverse, d, epsilon, offset),
            static (s, start, end) =>
                Operations.RmsNorm.Forward(
                    (float*)s.X,
                    (float*)s.W,
                    (float*)s.Y,
                    (float*)s.Inverse,
                    start,
                    end,
                    s.d,
                    s.epsilon,
                    s.offset
                )
        );

        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        GC.KeepAlive(y);
        GC.KeepAlive(inverseRms);
    }

    public override void RmsNormBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor inverseRms,
        float offset,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight
    )
    {
        var d = (int)weight.Count;
        var w = Float32(weight, converted);
        var target = FloatsOrNull(dX);
        ForParts(
            (int)(x.Count / d),
            dWeight,
            null,
            (start, end, weightSums, _) =>
                Operations.RmsNorm.Backward(
                    dY.Float32,
                    x.Float32,
                    w,
                    inverseRms.Float32,
                    target,
                    weightSums,
                    start,
                    end,
                    d,
                    offset,
                    accumulate
                )
        );

        GC.KeepAlive(dY);
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        GC.KeepAlive(inverseRms);
        GC.KeepAlive(dX);
        GC.KeepAlive(dWeight);
    }

    public override void LayerNorm(Tensor x, Tensor weight, Tensor? bias, Tensor y, Tensor? statistics, float epsilon)
    {
        var d = (int)weight.Count;
        var w = Float32(weight, converted);
        var b = bias is null ? null : Float32(bias, convertedBias);
        var kept = FloatsOrNull(statistics);
        ForRows(
            x.Rows,
            d,
            (start, end) => Operations.LayerNorm.Forward(x.Float32, w, b, y.Float32, kept, start, end, d, epsilon)
        );

        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        GC.KeepAlive(y);
        GC.KeepAlive(statistics);
    }

    public override void LayerNormBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor statistics,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight,
        Tensor? dBias
    )
    {
        var d = (int)weight.Count;
        var w = Float32(weight, converted);
        var target = FloatsOrNull(dX);
        ForParts(
            x.Rows,
            dWeight,
            dBias,
            (start, end, weightSums, biasSums) =>
                Operations.LayerNorm.Backward(
                    dY.Float32,
                    x.Float32,
                    w,
                    statistics.Float32,
                    target,
                    weightSums,
                    biasSums,
                    start,
                    end,
                    d,
                    accumulate
                )
        );

        GC.KeepAlive(dY);
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        GC.KeepAlive(statistics);
        GC.KeepAlive(dX);
        GC.KeepAlive(dWeight);
        GC.KeepAlive(dBias);
    }

    public override void Rope(Tensor x, Tensor cos, Tensor sin, bool inverse)
    {
        var columns = x.Columns;
        var half = cos.Columns;
        ForRows(
            x.Rows,
            columns,
            (X: (nint)x.Float32, Cos: (nint)cos.Float32, Sin: (nint)sin.Float32, columns, half, inverse),
            static (s, start, end) =>
                Operations.Rope.Rotate(
                    (float*)s.X,
                    (float*)s.Cos,
                    (float*)s.Sin,
                    start,
                    end,
                    s.columns,
                    s.half,
                    s.inverse
                )
        );

        GC.KeepAlive(x);
        GC.KeepAlive(cos);
        GC.KeepAlive(sin);
    }

    // Runs the body on every part of the rows, with cleared sums of its own that are added to dWeight and dBias in
    // order at the end.
    private void ForParts(int rows, Tensor? dWeight, Tensor? dBias, RowsWithSums body)
    {
        var parts = (rows + RowsPerPart - 1) / RowsPerPart;
        var (d, dB) = (dWeight?.Count ?? 0, dBias?.Count ?? 0);
        var sums = d + dB == 0 ? null : scratch.Floats((d + dB) * parts);
        var biasSums = sums + (d * parts);
        Team.For(
            parts,
            1,
            (start, end) =>
            {
                for (var part = start; part < end; part++)
                {
                    new Span<float>(sums + (part * d), (int)d).Clear();
                    new Span<float>(biasSums + (part * dB), (int)dB).Clear();
                    body(
                        part * RowsPerPart,
                        Math.Min((part + 1) * RowsPerPart, rows),
                        d == 0 ? null : sums + (part * d),
                        dB == 0 ? null : biasSums + (part * dB)
                    );
                }
            }
        );
        AddParts(sums, parts, dWeight);
        AddParts(biasSums, parts, dBias);
    }

    private void AddParts(float* sums, int parts, Tensor? target)
    {
        if (target is not null)
        {
            var columns = (int)target.Count;
            Team.For(
                columns,
                1024,
                (start, end) => Elementwise.SumRows(sums, target.Float32, start, end, parts, columns, accumulate: true)
            );
        }
    }

    private delegate void RowsWithSums(int start, int end, float* weightSums, float* biasSums);
}
