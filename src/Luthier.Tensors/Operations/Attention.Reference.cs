namespace Luthier.Tensors.Operations;

public static unsafe partial class Attention
{
    /// <summary>Slow and obvious: see <see cref="Devices.Device.Attention"/>.</summary>
    internal static void Reference(
        Tensor q,
        Tensor k,
        Tensor v,
        ReadOnlySpan<AttentionSegment> segments,
        in AttentionOptions options,
        Tensor y,
        Tensor? logSumExp
    )
    {
        var d = options.HeadDimension;
        y.AsFloats().Clear();
        logSumExp?.AsFloats().Clear();
        foreach (var segment in segments)
        {
            for (var head = 0; head < options.Heads; head++)
            {
                for (var i = 0; i < segment.QueryCount; i++)
                {
                    var row = new Row(q, k, segment, options, head, i);
                    if (row.Probabilities.Length == 0)
                    {
                        continue;
                    }

                    for (var e = 0; e < d; e++)
                    {
                        var sum = 0.0;
                        for (var j = 0; j < row.Probabilities.Length; j++)
                        {
                            sum += row.Probabilities[j] * v.Float32[row.Key(j) + e];
                        }

                        y.Float32[row.Query + e] = (float)sum;
                    }

                    if (logSumExp is not null)
                    {
                        logSumExp.Float32[((long)head * q.Rows) + segment.QueryStart + i] = (float)row.LogSumExp;
                    }
                }
            }
        }
    }

    /// <summary>Slow and obvious: see <see cref="Devices.Device.AttentionBackward"/>.</summary>
    internal static void ReferenceBackward(
        Tensor dY,
        Tensor q,
        Tensor k,
        Tensor v,
        ReadOnlySpan<AttentionSegment> segments,
        in AttentionOptions options,
        Tensor dQ,
        Tensor dK,
        Tensor dV,
        bool accumulate
    )
    {
        var sumsQ = new double[q.Count];
        var sumsK = new double[k.Count];
        var sumsV = new double[v.Count];
        foreach (var segment in segments)
        {
            for (var head = 0; head < options.Heads; head++)
            {
                for (var i = 0; i < segment.QueryCount; i++)
                {
                    AddRowGradients(new Row(q, k, segment, options, head, i), dY, q, k, v, sumsQ, sumsK, sumsV);
                }
            }
        }

        Write(sumsQ, dQ, accumulate);
        Write(sumsK, dK, accumulate);
        Write(sumsV, dV, accumulate);
    }

    private static void AddRowGradients(
        Row row,
        Tensor dY,
        Tensor q,
        Tensor k,
        Tensor v,
        double[] sumsQ,
        double[] sumsK,
        double[] sumsV
    )
    {
        var d = row.HeadDimension;
        var dProbabilities = new double[row.Probabilities.Length];
        var mean = 0.0;
        for (var j = 0; j < dProbabilities.Length; j++)
        {
            for (var e = 0; e < d; e++)
            {
                dProbabilities[j] += (double)dY.Float32[row.Query + e] * v.Float32[row.Key(j) + e];
                sumsV[row.Key(j) + e] += row.Probabilities[j] * dY.Float32[row.Query + e];
            }

            mean += row.Probabilities[j] * dProbabilities[j];
        }

        for (var j = 0; j < dProbabilities.Length; j++)
        {
            var dScore = row.Probabilities[j] * (dProbabilities[j] - mean) * row.Slopes[j];
            for (var e = 0; e < d; e++)
            {
                sumsQ[row.Query + e] += dScore * k.Float32[row.Key(j) + e];
                sumsK[row.Key(j) + e] += dScore * q.Float32[row.Query + e];
            }
        }
    }

    private static void Write(double[] sums, Tensor target, bool accumulate)
    {
        for (var i = 0; i < sums.Length; i++)
        {
            target.Float32[i] = (float)(accumulate ? target.Float32[i] + sums[i] : sums[i]);
        }
    }

    /// <summary>One query of one head: where its elements lie, and the softmax over the keys it sees.</summary>
    private sealed class Row
    {
        private readonly long key;
        private readonly int keyColumns;

        public Row(Tensor q, Tensor k, AttentionSegment segment, in AttentionOptions options, int head, int index)
        {
            HeadDimension = options.HeadDimension;
            keyColumns = k.Columns;
            Query = ((long)(segment.QueryStart + index) * q.Columns) + (head * HeadDimension);
            var (first, end) = VisibleKeys(segment, options.Window, index);
            var keyHead = head / (options.Heads / options.KeyValueHeads);
            key = ((long)(segment.KeyStart + first) * keyColumns) + (keyHead * HeadDimension);
            Probabilities = new double[end - first];
            Slopes = new double[end - first];
            Fill(q, k, options);
        }

        public int HeadDimension { get; }

        /// <summary>Index of the first element of the query.</summary>
        public long Query { get; }

        public double[] Probabilities { get; }

        /// <summary>Derivatives of the soft-capped, scaled scores after the dot products.</summary>
        public double[] Slopes { get; }

        public double LogSumExp { get; private set; }

        /// <summary>Index of the first element of the j-th visible key, and value.</summary>
        public long Key(int j) => key + ((long)j * keyColumns);

        private void Fill(Tensor q, Tensor k, in AttentionOptions options)
        {
            var largest = double.NegativeInfinity;
            for (var j = 0; j < Probabilities.Length; j++)
            {
                var score = 0.0;
                for (var e = 0; e < HeadDimension; e++)
                {
                    score += (double)q.Float32[Query + e] * k.Float32[Key(j) + e];
                }

                score *= options.Scale;
                Slopes[j] = options.Scale;
                if (options.Softcap > 0)
                {
                    var tanh = Math.Tanh(score / options.Softcap);
                    score = options.Softcap * tanh;
                    Slopes[j] *= 1 - (tanh * tanh);
                }

                Probabilities[j] = score;
                largest = Math.Max(largest, score);
            }

            var sum = 0.0;
            for (var j = 0; j < Probabilities.Length; j++)
            {
                Probabilities[j] = Math.Exp(Probabilities[j] - largest);
                sum += Probabilities[j];
            }

            for (var j = 0; j < Probabilities.Length; j++)
            {
                Probabilities[j] /= sum;
            }

            LogSumExp = largest + Math.Log(sum);
        }
    }
}
