using System.Runtime.InteropServices;
using Luthier.Generation.Engine.Scheduling;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.KeyValues;

namespace Luthier.Generation.Engine.Execution;

/// <summary>Computes steps with a transformer: one pass over the tokens of all chunks.</summary>
internal sealed class PagedRunner : IModelRunner
{
    /// <summary>Logits of so many tokens are in memory at a time.</summary>
    private const int LogitsRows = 64;

    private readonly Transformer model;
    private readonly Tape tape;
    private readonly PagedKeyValueCache cache;
    private readonly PagedBatch batch = new();
    private readonly List<int> rows = new(LogitsRows);
    private readonly List<(int Chunk, int Position)> places = new(LogitsRows);

    /// <param name="model">Not disposed of with this.</param>
    /// <param name="device">What computes.</param>
    /// <param name="blocks">Blocks of the key-value cache.</param>
    /// <param name="type">How the cache holds them.</param>
    public PagedRunner(Transformer model, Device device, int blocks, KeyValueType type)
    {
        this.model = model;
        tape = new Tape(device, model.Precision);
        cache = new PagedKeyValueCache(model.Config.KeyValueShape, blocks, type);
        model.Prepare(device);
    }

    public int Blocks => cache.Blocks;

    public void Run(StepPlan plan, IStepResults results)
    {
        tape.Reset();
        batch.Clear();
        rows.Clear();
        places.Clear();
        foreach (ref readonly var chunk in plan.Chunks)
        {
            batch.Add(chunk.Tokens, chunk.Start, chunk.Sequence.Blocks.Blocks, chunk.Sequence.Adapter?.Updates);
        }

        var hidden = model.Forward(tape, batch, cache); // [tokens, hidden]
        var row = 0;
        for (var i = 0; i < plan.Count; i++)
        {
            ref readonly var chunk = ref plan.Chunks[i];
            var wanted = chunk.Sequence.Work.Wants(chunk);
            var first = wanted is Wanted.AllLogits or Wanted.Hidden ? chunk.Start : chunk.End - 1;
            for (var position = first; position < chunk.End && wanted != Wanted.Nothing; position++)
            {
                var place = row + position - chunk.Start;
                if (wanted == Wanted.Hidden)
                {
                    results.OnHidden(i, position, RowOf(hidden, place));
                }
                else
                {
                    Collect(hidden, place, (i, position), results);
                }
            }

            row += chunk.Count;
        }

        HandOut(hidden, results);
    }

    public void Dispose()
    {
        cache.Dispose();
        tape.Dispose();
    }

    private static Span<float> RowOf(Tensor matrix, int row) =>
        matrix.AsFloats().Slice(row * matrix.Columns, matrix.Columns);

    private void Collect(Tensor hidden, int row, (int Chunk, int Position) place, IStepResults results)
    {
        rows.Add(row);
        places.Add(place);
        if (rows.Count == LogitsRows)
        {
            HandOut(hidden, results);
        }
    }

    private void HandOut(Tensor hidden, IStepResults results)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var logits = model.Logits(tape, hidden, CollectionsMarshal.AsSpan(rows)); // [rows, vocabulary]
        for (var i = 0; i < rows.Count; i++)
        {
            results.OnLogits(places[i].Chunk, places[i].Position, RowOf(logits, i));
        }

        tape.Release(logits);
        rows.Clear();
        places.Clear();
    }
}
