using System.Runtime.CompilerServices;
using Luthier.Generation.Engine.Scheduling;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;

namespace Luthier.Generation.Engine.Execution;

/// <summary>Computes sequence after sequence, each with a cache of its own.</summary>
internal sealed class InterimRunner(Transformer model, Device device, int blocks) : IModelRunner
{
    private readonly ConditionalWeakTable<Sequence, KeyValueCache> caches = [];
    private readonly Tape tape = new(device);

    public int Blocks => blocks;

    public void Run(StepPlan plan, IStepResults results)
    {
        for (var i = 0; i < plan.Count; i++)
        {
            var chunk = plan.Chunks[i];
            var wanted = chunk.Sequence.Work.Wants(chunk);
            var cache = caches.GetValue(chunk.Sequence, _ => new KeyValueCache(model.Config, blocks * 32));
            cache.Truncate(Math.Min(cache.Length, chunk.Start));
            var skipped = chunk.Start - cache.Length;
            tape.Reset();
            var tokens = chunk.Sequence.Tokens[cache.Length..chunk.End].ToArray();
            var hidden = model.Forward(tape, Batch.Continuation(tokens, cache.Length), [cache]);
            var all = wanted is Wanted.AllLogits or Wanted.Hidden;
            for (var row = all ? 0 : chunk.Count - 1; row < chunk.Count && wanted != Wanted.Nothing; row++)
            {
                var state = hidden.Slice(skipped + row, 1);
                if (wanted == Wanted.Hidden)
                {
                    results.OnHidden(i, chunk.Start + row, state.AsFloats());
                }
                else
                {
                    results.OnLogits(i, chunk.Start + row, model.Logits(tape, state).AsFloats());
                }
            }
        }
    }

    public void Dispose() => tape.Dispose();
}
