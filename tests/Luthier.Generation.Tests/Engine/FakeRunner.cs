using System.Diagnostics.CodeAnalysis;
using Luthier.Generation.Engine.Execution;
using Luthier.Generation.Engine.Scheduling;
using Luthier.Tensors.KeyValues;

namespace Luthier.Generation.Tests.Engine;

/// <summary>
/// A model whose keys and values are a hash of all tokens so far, written to blocks and read from them, so that any
/// mistake about blocks changes its logits. Its most probable token follows from the hash.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Nothing to dispose")]
internal sealed class FakeRunner(int blocks, int vocabulary = 50) : IModelRunner
{
    private const int BlockTokens = PagedKeyValueCache.BlockTokens;

    private readonly ulong[] memory = new ulong[blocks * BlockTokens];
    private readonly float[] logits = new float[vocabulary];

    public int Blocks => blocks;

    /// <summary>Tokens that were computed.</summary>
    public long Computed { get; private set; }

    public int Steps { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>A token whose logits and hidden states are no numbers.</summary>
    public int Poisoned { get; set; } = -1;

    /// <summary>Called at the begin of each step, on the engine's thread.</summary>
    public Action<StepPlan>? OnStep { get; set; }

    /// <summary>What greedy decoding gives.</summary>
    public static int[] Continue(IReadOnlyList<int> prompt, int count, int vocabulary = 50)
    {
        var hash = prompt.Aggregate(0UL, Next);
        var text = new int[count];
        for (var i = 0; i < count; i++)
        {
            text[i] = (int)(hash % (ulong)vocabulary);
            hash = Next(hash, text[i]);
        }

        return text;
    }

    public void Run(StepPlan plan, IStepResults results)
    {
        OnStep?.Invoke(plan);
        Steps++;
        for (var i = 0; i < plan.Count; i++)
        {
            var chunk = plan.Chunks[i];
            var wanted = chunk.Sequence.Work.Wants(chunk);
            for (var position = chunk.Start; position < chunk.End; position++)
            {
                var hash = Next(position == 0 ? 0 : At(chunk.Sequence, position - 1), chunk.Sequence.Tokens[position]);
                At(chunk.Sequence, position) = hash;
                Computed++;
                if (wanted == Wanted.AllLogits || (wanted == Wanted.LastLogits && position == chunk.End - 1))
                {
                    Array.Fill(logits, -1);
                    logits[(int)(hash % (ulong)vocabulary)] = IsPoisoned(chunk, position) ? float.NaN : 1;
                    results.OnLogits(i, position, logits);
                }
                else if (wanted == Wanted.Hidden)
                {
                    results.OnHidden(
                        i,
                        position,
                        [IsPoisoned(chunk, position) ? float.NaN : chunk.Sequence.Tokens[position], 1]
                    );
                }
            }
        }
    }

    public void Dispose() => IsDisposed = true;

    private bool IsPoisoned(Chunk chunk, int position) => chunk.Sequence.Tokens[position] == Poisoned;

    private static ulong Next(ulong hash, int token) =>
        unchecked(((hash ^ (ulong)token) + 0x9E3779B97F4A7C15UL) * 0xD1B54A32D192ED03UL) is var h ? h ^ (h >> 29) : 0;

    private ref ulong At(Sequence sequence, int position) =>
        ref memory[(sequence.Blocks.Blocks[position / BlockTokens] * BlockTokens) + (position % BlockTokens)];
}
