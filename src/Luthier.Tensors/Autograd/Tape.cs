using Luthier.Tensors.Devices;
using Luthier.Tensors.Memory;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Autograd;

/// <summary>
/// Records coarse operations during a forward pass and runs their backwards in reverse. It also owns the memory of
/// everything between the inputs and the loss: an activation lives until the backward of the operation that made it,
/// or until <see cref="Release"/> when no recorded operation reads it again.
/// </summary>
/// <remarks>One forward and backward pass: call <see cref="Reset"/> before the next. Not thread-safe.</remarks>
public sealed unsafe class Tape : IDisposable
{
    private readonly List<(Action Backward, Tensor? Output)> nodes = [];
    private readonly List<Tensor> scoped = [];
    private readonly Dictionary<Tensor, int> sharers = new(ReferenceEqualityComparer.Instance);
    private readonly Arena arena = new();

    // Headers of activations that were not recorded, by rank: the next pass uses them again.
    private readonly List<Tensor>[] headers =
    [
        [],
        [],
        [],
        [],
    ];
    private readonly int[] usedHeaders = new int[4];
    private int scopes;
    private ulong dropoutSeed;
    private ulong dropoutCounter;

    public Tape(Device device, MatMulPrecision precision = MatMulPrecision.Float32)
    {
        Device = device;
        Precision = precision;
    }

    public Device Device { get; }

    /// <summary>Precision of matrix products.</summary>
    public MatMulPrecision Precision { get; }

    /// <summary>Whether operations record a backward; off for evaluation and generation.</summary>
    public bool Recording { get; set; }

    /// <summary>Whether dropout is applied.</summary>
    public bool Training { get; set; }

    /// <summary>High-water mark of scratch memory in bytes.</summary>
    public long ReservedBytes => arena.ReservedBytes;

    /// <summary>Scratch memory in use now, in bytes.</summary>
    public long UsedBytes => arena.UsedBytes;

    /// <summary>The most scratch memory that was in use at one time since the last <see cref="Reset"/>, in bytes.</summary>
    public long PeakBytes => arena.PeakBytes;

    /// <summary>
    /// Row of a larger batch at which this pass begins: dropout gives its rows the mask that they have there, so that
    /// a batch may be computed in parts.
    /// </summary>
    public long FirstRow { get; private set; }

    /// <summary>
    /// Forgets all operations and activations, whose tensors may come back as others, and seeds the dropout of the
    /// pass to come.
    /// </summary>
    /// <param name="seed">Seed of dropout.</param>
    /// <param name="firstRow">See <see cref="FirstRow"/>.</param>
    public void Reset(ulong seed = 0, long firstRow = 0)
    {
        FirstRow = firstRow;
        nodes.Clear();
        scoped.Clear();
        sharers.Clear();
        arena.Reset();
        Array.Clear(usedHeaders);
        scopes = 0;
        dropoutSeed = seed;
        dropoutCounter = 0;
    }

    /// <summary>A new uninitialised float32 activation.</summary>
    public Tensor New(params ReadOnlySpan<int> shape)
    {
        var tensor = Allocate(shape);
        if (scopes > 0)
        {
            scoped.Add(tensor);
        }

        return tensor;
    }

    /// <summary>Says that a backward to be recorded reads the tensor's values.</summary>
    public void Keep(Tensor tensor)
    {
        if (Recording)
        {
            tensor.Keeps++;
        }
    }

    /// <summary>
    /// Says that the forward pass reads the values no more: frees them unless a backward does. Tensors that are not
    /// activations of this tape are left alone.
    /// </summary>
    public void Release(Tensor tensor)
    {
        if (tensor.Keeps == 0)
        {
            Free(tensor);
        }
    }

    /// <summary>Frees an activation of this tape at once.</summary>
    public void Free(Tensor tensor)
    {
        if (ReferenceEquals(tensor.Owner, arena) && tensor.Data is not null)
        {
            arena.Return((nint)tensor.Data, tensor.Bytes);
            tensor.Data = null;
        }
    }

    /// <summary>Records the backward of the operation that made <paramref name="output"/> (null: worked in place).</summary>
    public void Record(Tensor? output, Action backward)
    {
        if (Recording)
        {
            nodes.Add((backward, output));
        }
    }

    /// <summary>A fresh seed for one dropout operation; the same sequence after the same <see cref="Reset"/>.</summary>
    public ulong NextDropoutSeed() =>
        unchecked((dropoutSeed * 0x9E3779B97F4A7C15UL) + (++dropoutCounter * 0xD1B54A32D192ED03UL));

    /// <summary>The gradient to write for a tensor, and whether to add to what is there.</summary>
    public Tensor GradientOf(Tensor tensor, out bool accumulate)
    {
        if (tensor.TakeClearedGradient() is { } cleared)
        {
            accumulate = false;
            return cleared;
        }

        if (tensor.Gradient is not { } gradient)
        {
            accumulate = tensor.IsParameter;
            gradient = tensor.IsParameter ? Tensor.Create(DType.Float32, tensor.Shape) : Allocate(tensor.Shape);
            gradient.Name = tensor.Name;
            tensor.Gradient = gradient;
            return gradient;
        }

        accumulate = true;
        if (!StopSharing(gradient))
        {
            return gradient;
        }

        var copy = Allocate(tensor.Shape);
        Device.Add(gradient, copy, accumulate: false);
        tensor.Gradient = copy;
        return copy;
    }

    /// <summary>The gradient of a parameter, for a kernel that only adds to it.</summary>
    public Tensor GradientToAddTo(Tensor parameter) => parameter.Gradient ?? GradientOf(parameter, out _);

    /// <summary>
    /// As <see cref="GradientOf"/>, for a tensor whose values nobody reads after the kernel that writes this gradient:
    /// where it can, the gradient takes over their memory. The kernel gets the values by a view made before.
    /// </summary>
    public Tensor GradientInPlaceOf(Tensor tensor, out bool accumulate)
    {
        if (tensor.Gradient is not null || tensor.Keeps != 1 || !ReferenceEquals(tensor.Owner, arena))
        {
            return GradientOf(tensor, out accumulate);
        }

        accumulate = false;
        var gradient = new Tensor(tensor.Data, DType.Float32, tensor.Shape, arena) { Name = tensor.Name };
        tensor.Data = null;
        tensor.Gradient = gradient;
        return gradient;
    }

    /// <summary>
    /// Whether a kernel that writes several gradients adds to all of them: those that are new are cleared if others
    /// are not.
    /// </summary>
    public static bool AccumulateAll(params ReadOnlySpan<(Tensor? Gradient, bool Accumulate)> gradients)
    {
        var any = false;
        foreach (var (gradient, accumulate) in gradients)
        {
            any |= gradient is not null && accumulate;
        }

        foreach (var (gradient, accumulate) in gradients)
        {
            if (any && gradient is not null && !accumulate)
            {
                gradient.AsBytes().Clear();
            }
        }

        return any;
    }

    /// <summary>Lets the gradient of an operation's output flow on unchanged to an input, without copying.</summary>
    public void PassGradient(Tensor gradient, Tensor input)
    {
        if (input.Gradient is not null || input.IsParameter)
        {
            var target = GradientOf(input, out var accumulate);
            Device.Add(gradient, target, accumulate);
            return;
        }

        sharers[gradient] = sharers.GetValueOrDefault(gradient, 1) + 1;
        input.Gradient = gradient;
    }

    /// <summary>Runs the recorded backwards, last first; gradients of parameters stay, other memory is given back.</summary>
    public void Backward() => BackwardTo(0);

    /// <summary>
    /// Runs a block of the model so that only its input and output stay in memory; the backward pass runs it again.
    /// </summary>
    public Tensor Checkpoint(Tensor input, Func<Tensor, Tensor> block)
    {
        if (!Recording)
        {
            return block(input);
        }

        var counter = dropoutCounter;

        // Before the block runs, which may release what it reads.
        Keep(input);
        Recording = false;
        Tensor output;
        try
        {
            output = Scoped(() => block(input));
        }
        finally
        {
            Recording = true;
        }

        output.NeedsGradient = true;
        Record(output, () => Recompute(input, output, block, counter));
        return output;
    }

    /// <summary>Runs a part of the forward pass that is not recorded, and frees all it made but its result.</summary>
    public Tensor Scoped(Func<Tensor> part)
    {
        var start = scoped.Count;
        scopes++;
        Tensor result;
        try
        {
            result = part();
        }
        finally
        {
            scopes--;
        }

        for (var i = start; i < scoped.Count; i++)
        {
            if (!ReferenceEquals(scoped[i], result))
            {
                Free(scoped[i]);
            }
        }

        scoped.RemoveRange(start, scoped.Count - start);
        if (scopes > 0)
        {
            scoped.Add(result);
        }

        return result;
    }

    public void Dispose() => arena.Dispose();

    private void BackwardTo(int first)
    {
        for (var i = nodes.Count - 1; i >= first; i--)
        {
            var (backward, output) = nodes[i];
            nodes.RemoveAt(i);
            if (output is null)
            {
                backward();
                continue;
            }

            if (output.Gradient is not null)
            {
                backward();
                FreeGradient(output);
            }

            Free(output);
        }
    }

    private void Recompute(Tensor input, Tensor output, Func<Tensor, Tensor> block, ulong counter)
    {
        var first = nodes.Count;
        var resumed = dropoutCounter;
        dropoutCounter = counter;
        var inner = new Tensor(input.Data, input.DType, input.Shape, input)
        {
            Name = input.Name,
            NeedsGradient = input.NeedsGradient,
            Gradient = input.Gradient,
        };
        var again = block(inner);
        again.Gradient = output.Gradient;
        output.Gradient = null;
        BackwardTo(first);
        dropoutCounter = resumed;
        input.Gradient = inner.Gradient;
    }

    private Tensor Allocate(ReadOnlySpan<int> shape)
    {
        var count = 1L;
        foreach (var dimension in shape)
        {
            count *= dimension;
        }

        var data = (void*)arena.Rent(count * sizeof(float));
        if (Recording || shape.Length >= headers.Length)
        {
            return new Tensor(data, DType.Float32, shape, arena);
        }

        var known = headers[shape.Length];
        ref var used = ref usedHeaders[shape.Length];
        if (used == known.Count)
        {
            known.Add(new Tensor(data, DType.Float32, shape, arena));
        }
        else
        {
            known[used].Reuse(data, shape);
        }

        return known[used++];
    }

    private void FreeGradient(Tensor tensor)
    {
        if (tensor.Gradient is not { } gradient)
        {
            return;
        }

        tensor.Gradient = null;
        if (!StopSharing(gradient))
        {
            Free(gradient);
        }
    }

    // True if others still hold the gradient, which then belongs to one holder less.
    private bool StopSharing(Tensor gradient)
    {
        if (!sharers.TryGetValue(gradient, out var count))
        {
            return false;
        }

        if (count == 2)
        {
            sharers.Remove(gradient);
        }
        else
        {
            sharers[gradient] = count - 1;
        }

        return true;
    }
}
