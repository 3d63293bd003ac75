using Luthier.Tensors.Operations;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Devices;

public sealed unsafe partial class CpuDevice
{
    // Elements of a unit of work: a multiple of the vector, and small enough to share out evenly.
    private const int UnitElements = 2048;

    // Below this, waking the team costs more than it saves.
    private const int UnitsAlone = 8;

    // Elements whose squares are summed alone, so that the sum does not depend on the number of threads.
    private const int SumElements = 1 << 16;

    public override void AddBias(Tensor y, Tensor bias)
    {
        var columns = y.Columns;
        var vector = Float32(bias, converted);
        ForRows(
            y.Rows,
            columns,
            (Y: (nint)y.Float32, Bias: (nint)vector, Columns: columns),
            static (s, start, end) => Elementwise.AddBias((float*)s.Y, (float*)s.Bias, start, end, s.Columns)
        );

        GC.KeepAlive(y);
        GC.KeepAlive(bias);
    }

    public override void SumRows(Tensor x, Tensor sum, bool accumulate)
    {
        Team.For(
            x.Columns,
            64,
            (start, end) => Elementwise.SumRows(x.Float32, sum.Float32, start, end, x.Rows, x.Columns, accumulate)
        );
        GC.KeepAlive(x);
        GC.KeepAlive(sum);
    }

    public override void Add(Tensor x, Tensor y, bool accumulate)
    {
        if (accumulate)
        {
            Each(x.Count, new Elementwise.AddKernel(x.Float32, y.Float32));
        }
        else if (x.Data != y.Data)
        {
            Each(x.Count, new Elementwise.CopyKernel(x.Float32, y.Float32));
        }

        GC.KeepAlive(x);
        GC.KeepAlive(y);
    }

    public override void Scale(Tensor x, float factor)
    {
        Each(x.Count, new Elementwise.ScaleKernel(x.Float32, factor));
        GC.KeepAlive(x);
    }

    public override void Softcap(Tensor x, float cap)
    {
        Each(x.Count, new Elementwise.SoftcapKernel(x.Float32, cap));
        GC.KeepAlive(x);
    }

    public override double SumOfSquares(Tensor x)
    {
        var pointer = x.Float32;
        var count = x.Count;
        var parts = (int)((count + SumElements - 1) / SumElements);
        if (parts <= 1)
        {
            var alone = Reductions.SumOfSquares(pointer, count);
            GC.KeepAlive(x);
            return alone;
        }

        var sums = (double*)scratch.Floats(2L * parts);
        Team.For(
            parts,
            1,
            (start, end) =>
            {
                for (long part = start; part < end; part++)
                {
                    var first = part * SumElements;
                    sums[part] = Reductions.SumOfSquares(pointer + first, Math.Min(count - first, SumElements));
                }
            }
        );
        var sum = 0.0;
        for (var part = 0; part < parts; part++)
        {
            sum += sums[part];
        }

        GC.KeepAlive(x);
        return sum;
    }

    public override void Dropout(
        Tensor x,
        Tensor y,
        float probability,
        ulong seed,
        bool accumulate,
        long firstElement = 0
    )
    {
        var factor = Operations.Dropout.Factor(probability);
        var threshold = Operations.Dropout.Threshold(probability);

        // A key serves the 2³² elements whose index has the same upper half.
        for (long start = 0, count; start < x.Count; start += count)
        {
            var first = firstElement + start;
            count = Math.Min(x.Count - start, (1L << 32) - (uint)first);
            var key = Operations.Dropout.Key(seed, first);
            Each(
                count,
                new Dropout.Kernel(
                    x.Float32 + start,
                    y.Float32 + start,
                    key,
                    (uint)first,
                    threshold,
                    factor,
                    accumulate
                )
            );
        }

        GC.KeepAlive(x);
        GC.KeepAlive(y);
    }

    public override void Gated(Activation activation, Tensor gate, Tensor? up, Tensor y)
    {
        switch (activation)
        {
            case Activation.Silu:
                Forward<Gated.Silu>(gate, up, y);
                break;
            case Activation.GeluTanh:
                Forward<Gated.GeluTanh>(gate, up, y);
                break;
            case Activation.Gelu:
                Forward<Gated.Gelu>(gate, up, y);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation");
        }

        GC.KeepAlive(gate);
        GC.KeepAlive(up);
        GC.KeepAlive(y);
    }

    public override void GatedBackward(
        Activation activation,
        Tensor dY,
        Tensor gate,
        Tensor? up,
        Tensor? dGate,
        Tensor? dUp,
        bool accumulate
    )
    {
        switch (activation)
        {
            case Activation.Silu:
                Backward<Gated.Silu>(dY, gate, up, dGate, dUp, accumulate);
                break;
            case Activation.GeluTanh:
                Backward<Gated.GeluTanh>(dY, gate, up, dGate, dUp, accumulate);
                break;
            case Activation.Gelu:
                Backward<Gated.Gelu>(dY, gate, up, dGate, dUp, accumulate);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation");
        }

        GC.KeepAlive(dY);
        GC.KeepAlive(gate);
        GC.KeepAlive(up);
        GC.KeepAlive(dGate);
        GC.KeepAlive(dUp);
    }

    public override void AdamW(Tensor parameter, Tensor gradient, Tensor mean, Tensor variance, in AdamWStep step)
    {
        Each(
            parameter.Count,
            new AdamW.Kernel(
                parameter.Float32,
                gradient.Float32,
                mean.Float32,
                variance.Float32,
                new AdamW.Factors(step),
                step.GradientScale
            )
        );
        GC.KeepAlive(parameter);
        GC.KeepAlive(gradient);
        GC.KeepAlive(mean);
        GC.KeepAlive(variance);
    }

    private void Forward<T>(Tensor gate, Tensor? up, Tensor y)
        where T : Gated.IActivation =>
        Each(gate.Count, new Gated.ForwardKernel<T>(gate.Float32, FloatsOrNull(up), y.Float32));

    private void Backward<T>(Tensor dY, Tensor gate, Tensor? up, Tensor? dGate, Tensor? dUp, bool accumulate)
        where T : Gated.IActivation =>
        Each(
            gate.Count,
            new Gated.BackwardKernel<T>(
                dY.Float32,
                gate.Float32,
                FloatsOrNull(up),
                FloatsOrNull(dGate),
                FloatsOrNull(dUp),
                accumulate
            )
        );

    private void Each<T>(long count, T kernel)
        where T : struct, ILaneKernel
    {
        var units = (int)((count + UnitElements - 1) / UnitElements);
        if (units <= UnitsAlone || Team.Count == 1)
        {
            Lanes.Each(kernel, 0, count);
            return;
        }

        Team.For(
            units,
            1,
            (kernel, count),
            static (state, start, end) =>
                Lanes.Each(state.kernel, (long)start * UnitElements, Math.Min((long)end * UnitElements, state.count))
        );
    }

    // Splits rows over the team, in portions that are worth it.
    private void ForRows<T>(int rows, int columns, in T state, Action<T, int, int> body)
        where T : struct => Team.For(rows, Math.Max(1, UnitElements / Math.Max(columns, 1)), state, body);

    private void ForRows(int rows, int columns, Action<int, int> body) =>
        Team.For(rows, Math.Max(1, UnitElements / Math.Max(columns, 1)), body);

    private static float* FloatsOrNull(Tensor? tensor) => tensor is null ? null : tensor.Float32;

    // A weight as float32: its own memory, or a converted copy that lives until the scratch is used again.
    private static float* Float32(Tensor weight, Memory.Scratch copy)
    {
        if (weight.DType == DType.Float32)
        {
            return weight.Float32;
        }

        var target = copy.Floats(weight.Count);
        Conversion.ToFloat32(weight.Data, weight.DType, target, weight.Count);
        return target;
    }
}
