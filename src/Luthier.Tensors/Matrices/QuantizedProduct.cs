using System.Runtime.Intrinsics;
using Luthier.Tensors.Assembly;
using Luthier.Tensors.Memory;
using Luthier.Tensors.Threading;
using static Luthier.Tensors.Assembly.QuantizedLayout;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// Products of activations with quantized weights: rows are rounded to eight bits once, then strips of all the weights
/// are shared out. A row's result does not depend on the other rows.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed unsafe class QuantizedProduct : IDisposable
{
    // Activations that go through the second-level cache beside a strip.
    private const long BlockBytes = 384 << 10;

    // Below so many activations, rounding them is done before the team is woken.
    private const long FewActivations = 2048;

    // More rows than these pay for widening nibbles to bytes first.
    private const int NibbleRows = 12;

    // Bytes that codes of a portion are widened to, which stay in the second-level cache too.
    private const long WideBytes = 256 << 10;

    // Into how many portions a member's share is cut, so that all end together.
    private const int Portions = 8;

    private readonly MatrixKernels kernels;
    private readonly ThreadTeam team;
    private readonly Scratch activations = new();
    private readonly Scratch[] widened;
    private readonly Action<int> work;
    private readonly List<(QuantizedMatrix Weight, nint Y)> products = [];
    private float* x;
    private int rows;
    private int k;
    private int strips;
    private int portion;
    private int next;
    private bool isQuantized;

    public QuantizedProduct(MatrixKernels kernels, ThreadTeam team)
    {
        this.kernels = kernels;
        this.team = team;
        widened = new Scratch[team.Count];
        for (var i = 0; i < widened.Length; i++)
        {
            widened[i] = new Scratch();
        }

        work = Work;
    }

    private long WideStripBytes => (long)(k / Group) * QuantizedKind.BytesWithOffset.GroupBytes();

    /// <summary>Takes the activations [rows, k].</summary>
    public void Begin(float* input, int inputRows, int inputColumns)
    {
        x = input;
        (rows, k) = (inputRows, inputColumns);
        products.Clear();
        strips = 0;
    }

    /// <summary>Adds a product with a weight [n, k]; y is [rows, n].</summary>
    public void Add(QuantizedMatrix weight, float* y)
    {
        var address = (nint)y;
        products.Add((weight, address));
        strips += weight.Strips;
    }

    /// <summary>Computes what was added.</summary>
    public void Run()
    {
        if (rows == 0 || strips == 0)
        {
            return;
        }

        activations.Bytes((long)rows * (k / Group) * ActivationBytes);
        portion = Math.Max(1, strips / (team.Count * Portions));
        if (rows > NibbleRows)
        {
            portion = (int)Math.Clamp(WideBytes / WideStripBytes, 1, portion);
            foreach (var scratch in widened)
            {
                scratch.Bytes(portion * WideStripBytes);
            }
        }

        next = 0;
        isQuantized = (long)rows * k <= FewActivations || team.Count == 1;
        if (isQuantized)
        {
            Quantize(0, rows * (k / Group));
        }

        team.Run(work);
    }

    public void Dispose()
    {
        activations.Dispose();
        foreach (var scratch in widened)
        {
            scratch.Dispose();
        }
    }

    // 1. A share of the activations is rounded. 2. Portions of strips, until none is left.
    private void Work(int member)
    {
        // 1.
        if (!isQuantized)
        {
            var units = (long)rows * (k / Group);
            Quantize((int)(units * member / team.Count), (int)(units * (member + 1) / team.Count));
            team.Barrier();
        }

        // 2.
        int start;
        while ((start = Interlocked.Add(ref next, portion) - portion) < strips)
        {
            var end = Math.Min(start + portion, strips);
            var first = 0;
            foreach (var (weight, y) in products)
            {
                var (from, to) = (Math.Max(start - first, 0), Math.Min(end - first, weight.Strips));
                if (from < to)
                {
                    Multiply(weight, (float*)y, from, to, member);
                }

                first += weight.Strips;
            }
        }
    }

    // Blocks of activations: rows start .. end of groups of rows that a tile takes together.
    private void Quantize(int start, int end)
    {
        var groups = k / Group;
        for (var unit = start; unit < end; unit++)
        {
            var (row, group) = Math.DivRem(unit, groups);
            QuantizedActivations.Quantize(x + ((long)row * k) + (group * Group), BlockOf(row, group));
        }
    }

    // Rows are cut into tiles of equal height as far as may be: the first tiles are one row taller.
    private byte* BlockOf(int row, int group)
    {
        var (tall, _, height) = Blocking.Panels(rows, kernels.QuantizedTileRows);
        var inTall = row < tall * (height + 1);
        var tileRows = inTall ? height + 1 : height;
        var first = inTall
            ? row / tileRows * tileRows
            : (tall * (height + 1)) + ((row - (tall * (height + 1))) / tileRows * tileRows);
        var place = ((long)first * (k / Group)) + ((long)group * tileRows) + (row - first);
        return activations.Pointer + (place * ActivationBytes);
    }

    private void Multiply(QuantizedMatrix weight, float* y, int first, int end, int member)
    {
        var rowBytes = (long)(k / Group) * ActivationBytes;
        var (tall, low, height) = Blocking.Panels(rows, kernels.QuantizedTileRows);
        var tiles = tall + low;
        var together = (int)Math.Clamp(BlockBytes / (rowBytes * Math.Max(height, 1)), 1, tiles);
        var widens = weight.Kind.HasNibbles() && rows > NibbleRows;
        var wide = widened[member].Pointer;
        for (var strip = first; widens && strip < end; strip++)
        {
            Widen(weight.Strip(strip), weight.Kind, weight.Groups, wide + ((strip - first) * WideStripBytes));
        }

        var kind = widens ? weight.Kind.Widened() : weight.Kind;
        for (var tile = 0; tile < tiles; tile += together)
        {
            for (var strip = first; strip < end; strip++)
            {
                var codes = widens ? wide + ((strip - first) * WideStripBytes) : weight.Strip(strip);
                var columns = Math.Min(StripColumns, weight.Columns - (strip * StripColumns));
                var arguments = new QuantizedTileArguments
                {
                    Strip = codes,
                    CRowStride = (long)weight.Columns * sizeof(float),
                    Groups = weight.Groups,
                    Columns = (1L << columns) - 1,
                };
                for (var t = tile; t < Math.Min(tile + together, tiles); t++)
                {
                    var row = (t * height) + Math.Min(t, tall);
                    arguments.Activations = activations.Pointer + (row * rowBytes);
                    arguments.C = y + ((long)row * weight.Columns) + (strip * StripColumns);
                    kernels.QuantizedTile(t < tall ? height + 1 : height, kind, &arguments);
                }
            }
        }
    }

    // Codes of a strip become bytes, about the center that bytes have.
    private static void Widen(byte* strip, QuantizedKind kind, int groups, byte* target)
    {
        var wide = kind.Widened();
        var added = Vector256.Create((byte)(wide.Center() - kind.Center()));
        for (var group = 0; group < groups; group++)
        {
            var from = strip + ((long)group * kind.GroupBytes());
            var to = target + ((long)group * wide.GroupBytes());
            Buffer.MemoryCopy(from, to, kind.CodesAt(), kind.CodesAt());
            if (kind.Bits() == 4)
            {
                WidenNibbles(from + kind.CodesAt(), to + wide.CodesAt(), added);
                continue;
            }

            for (var step = 0; step < Steps; step++)
            {
                for (var column = 0; column < StripColumns; column += PortableQuantizedTile.Columns)
                {
                    var codes = PortableQuantizedTile.Codes(kind, from, step, column) + added;
                    codes.Store(to + wide.CodesAt() + (step * StepBytes) + (column * StepElements));
                }
            }
        }
    }

    private static void WidenNibbles(byte* from, byte* to, Vector256<byte> added)
    {
        var low = Vector256.Create((byte)0xF);
        for (var i = 0; i < NibbleBytes; i += Vector256<byte>.Count)
        {
            var bytes = Vector256.Load(from + i);
            ((bytes & low) + added).Store(to + i);
            ((bytes >>> 4) + added).Store(to + NibbleBytes + i);
        }
    }
}
