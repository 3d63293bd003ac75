using Luthier.Tensors.Matrices;
using Luthier.Tensors.Memory;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed unsafe partial class CpuDevice
{
    private readonly Scratch logits = new();
    private readonly Scratch gathered = new();
    private int[] asked = [];

    /// <summary>The most logits in memory at a time: large chunks pass over the weight less often.</summary>
    internal long LogitsBytes { get; set; } = 128L << 20;

    /// <inheritdoc/>
    /// <remarks>
    /// 1. Rows whose label is ignored are left out. 2. Chunk by chunk of the others: 3. the logits by a matrix product,
    /// 4. losses, and gradients in place of the logits, 5. dHidden and dWeight by matrix products.
    /// </remarks>
    public override void LinearCrossEntropy(
        Tensor hidden,
        Tensor weight,
        ReadOnlySpan<int> labels,
        float softcap,
        float gradientScale,
        Span<float> losses,
        Tensor? dHidden,
        bool accumulate,
        Tensor? dWeight,
        bool accumulateWeight,
        MatMulPrecision precision
    )
    {
        // 1.
        var count = FindAsked(labels);
        losses.Clear();
        var (d, vocabulary) = (hidden.Columns, weight.Rows);
        var sparse = count < labels.Length;
        if (sparse && !accumulate)
        {
            dHidden?.AsFloats().Clear();
        }

        var chunk = ChunkRows(count, vocabulary);
        var memory = logits.Floats((long)chunk * vocabulary);
        var rows = sparse ? gathered.Floats(2L * chunk * d) : null;
        var dRows = rows + ((long)chunk * d);
        fixed (int* pinnedLabels = labels)
        fixed (float* pinnedLosses = losses)
        {
            var label = pinnedLabels;
            var loss = pinnedLosses;
            var withGradient = dHidden is not null || dWeight is not null;

            // Products that would round each gradient to bfloat16 find it rounded: half the memory to read.
            var narrow = withGradient && Matrices.HasPairs(precision);

            void LossesAndGradients(int from, int to, int first)
            {
                for (var i = from; i < to; i++)
                {
                    var row = asked[i];
                    var rowLogits = memory + ((long)(i - first) * vocabulary);
                    loss[row] = Operations.LinearCrossEntropy.LossAndGradient(
                        rowLogits,
                        vocabulary,
                        label[row],
                        softcap,
                        gradientScale,
                        withGradient
                    );
                    if (narrow)
                    {
                        Matrices.Narrow(rowLogits, vocabulary);
                    }
                }
            }

            if (count == 0 && !accumulateWeight)
            {
                dWeight?.Clear();
            }

            // 2.
            for (var start = 0; start < count; start += chunk)
            {
                var (first, size) = (start, Math.Min(chunk, count - start));
                if (sparse)
                {
                    Gather(hidden, first, size, rows);
                }

                // 3.
                var source = sparse ? rows : hidden.Float32 + ((long)first * d);
                var input = new MatrixView(source, DType.Float32, size, d, d);
                var output = narrow
                    ? new MatrixView(memory, DType.BFloat16, size, vocabulary, 2L * vocabulary)
                    : new MatrixView(memory, DType.Float32, size, vocabulary, vocabulary);
                MultiplyBy(input, weight, true, memory, vocabulary, 1, accumulate: false, precision);

                // 4.
                Team.For(size, 1, (from, to) => LossesAndGradients(first + from, first + to, first));

                // 5.
                if (dHidden is not null)
                {
                    var target = sparse ? dRows : dHidden.Float32 + ((long)first * d);
                    MultiplyBy(output, weight, false, target, d, 1, accumulate && !sparse, precision);
                    if (sparse)
                    {
                        Scatter(dRows, first, size, dHidden, accumulate);
                    }
                }

                if (dWeight is not null)
                {
                    var adds = accumulateWeight || start > 0;
                    Matrices.Multiply(output.Transposed, input, dWeight.Float32, d, 1, adds, precision);
                }
            }
        }

        GC.KeepAlive(hidden);
        GC.KeepAlive(weight);
        GC.KeepAlive(dHidden);
        GC.KeepAlive(dWeight);
    }

    // Even chunks of at most as many rows as fit, in whole tiles of rows.
    private int ChunkRows(int count, int vocabulary)
    {
        const int tile = 24;
        var most = (int)Math.Max(LogitsBytes / sizeof(float) / Math.Max(vocabulary, 1), 1);
        var chunks = Math.Max((count + most - 1) / most, 1);
        var even = (count + chunks - 1) / chunks;
        return Math.Min(most, (even + tile - 1) / tile * tile);
    }

    // Lists the rows that have a label.
    private int FindAsked(ReadOnlySpan<int> labels)
    {
        if (asked.Length < labels.Length)
        {
            asked = new int[labels.Length];
        }

        var count = 0;
        for (var row = 0; row < labels.Length; row++)
        {
            if (labels[row] != Operations.LinearCrossEntropy.Ignored)
            {
                asked[count++] = row;
            }
        }

        return count;
    }

    private void Gather(Tensor hidden, int first, int size, float* rows)
    {
        var d = hidden.Columns;
        for (var i = 0; i < size; i++)
        {
            var row = hidden.Float32 + ((long)asked[first + i] * d);
            new ReadOnlySpan<float>(row, d).CopyTo(new Span<float>(rows + ((long)i * d), d));
        }
    }

    private void Scatter(float* rows, int first, int size, Tensor target, bool accumulate)
    {
        var d = target.Columns;
        for (var i = 0; i < size; i++)
        {
            var row = target.Float32 + ((long)asked[first + i] * d);
            if (accumulate)
            {
                Vectors.Lanes.Each(new Elementwise.AddKernel(rows + ((long)i * d), row), 0, d);
            }
            else
            {
                new ReadOnlySpan<float>(rows + ((long)i * d), d).CopyTo(new Span<float>(row, d));
            }
        }
    }
}
