using Luthier.Formats;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;
using Luthier.Text;
using Luthier.Text.Prompts;
using Luthier.Training.Data;
using Luthier.Training.Tuning;

namespace Luthier.Training.Evaluation;

/// <param name="Labels">The classes.</param>
/// <param name="Confusion">Rows by the class that they have (first index) and the class that scored best.</param>
public sealed record LabelReport(IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<int>> Confusion)
{
    /// <summary>Number of rows.</summary>
    public int Rows => Confusion.Sum(row => row.Sum());

    /// <summary>Rows whose own class scored best.</summary>
    public int Correct => Confusion.Select((row, label) => row[label]).Sum();

    /// <summary>Share of rows whose own class scored best.</summary>
    public double Accuracy => (double)Correct / Math.Max(Rows, 1);
}

/// <summary>
/// Classifies rows with a language model: each class is tried as the answer to the prompt, and the one to which the
/// model gives the highest probability wins. The probability is that of the whole answer, its end-of-text token
/// included, so that a class that is the beginning of another has no advantage.
/// </summary>
internal sealed class LabelScorer(
    Transformer model,
    Tape tape,
    Tokenizer tokenizer,
    PromptTemplate template,
    IReadOnlyList<string> labels
)
{
    // Candidates of several rows go through the model together.
    private const int TokensAtATime = 4096;

    /// <summary>Classifies every row.</summary>
    /// <param name="rows">Rows whose answer is one of the classes.</param>
    /// <param name="done">Hears how many rows are done.</param>
    /// <param name="cancellation">Ends it without a result.</param>
    /// <exception cref="InvalidFileException">A row is no instruction, or its answer is none of the classes.</exception>
    public LabelReport Score(IEnumerable<DataRow> rows, Action<int> done, CancellationToken cancellation)
    {
        tape.Recording = false;
        tape.Training = false;
        var confusion = labels.Select(_ => new int[labels.Count]).ToArray();
        List<Candidates> waiting = [];
        var (tokens, count) = (0, 0);
        foreach (var row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            var candidates = CandidatesOf(row);
            if (waiting.Count > 0 && tokens + candidates.Tokens > TokensAtATime)
            {
                Decide(waiting, confusion);
                done(count);
                waiting.Clear();
                tokens = 0;
            }

            waiting.Add(candidates);
            tokens += candidates.Tokens;
            count++;
        }

        Decide(waiting, confusion);
        done(count);
        return new LabelReport(labels, confusion);
    }

    /// <summary>One sequence a class, of which only what differs between classes is asked for.</summary>
    private Candidates CandidatesOf(DataRow row)
    {
        if (row is not InstructionRow instruction)
        {
            throw new InvalidFileException(row.Where, "is no instruction with an answer, which labels ask for");
        }

        var own = IndexOf(labels, instruction.Output.Trim());
        if (own < 0)
        {
            throw new InvalidFileException(
                row.Where,
                $"the answer '{instruction.Output}' is none of the labels {string.Join(", ", labels)}"
            );
        }

        var prompt = template.Render(instruction.Instruction, instruction.Input);
        var shared = tokenizer.Encode(prompt).Length;
        var answers = new int[labels.Count][];
        for (var label = 0; label < answers.Length; label++)
        {
            var ids = tokenizer.Encode(prompt + labels[label]);
            answers[label] = tokenizer.EosId is { } end && ids[^1] != end ? [.. ids, end] : ids;
            shared = Math.Min(shared, answers[0].AsSpan().CommonPrefixLength(answers[label]));
        }

        return new Candidates(own, [.. answers.Select(ids => Asked(ids, Math.Max(shared, 1)))]);
    }

    private static TokenSequence Asked(int[] ids, int first)
    {
        var asked = (int[])ids.Clone();
        asked.AsSpan(0, Math.Min(first, asked.Length)).Fill(LinearCrossEntropy.Ignored);
        return new TokenSequence(ids, asked);
    }

    private void Decide(List<Candidates> rows, int[][] confusion)
    {
        if (rows.Count == 0)
        {
            return;
        }

        tape.Reset();
        var micro = MicroBatch.Of([.. rows.Select(row => row.Sequences)], 0, rows.Count);
        var losses = model.Loss(tape, micro.Batch, micro.Labels).Losses;
        var start = 0;
        foreach (var row in rows)
        {
            var (best, least) = (0, double.PositiveInfinity);
            for (var label = 0; label < row.Sequences.Length; label++)
            {
                var loss = 0.0;
                for (var i = 0; i < row.Sequences[label].Length; i++)
                {
                    loss += losses[start + i];
                }

                start += row.Sequences[label].Length;
                (best, least) = loss < least ? (label, loss) : (best, least);
            }

            confusion[row.Own][best]++;
        }
    }

    private static int IndexOf(IReadOnlyList<string> labels, string name)
    {
        for (var i = 0; i < labels.Count; i++)
        {
            if (string.Equals(labels[i], name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    private sealed record Candidates(int Own, TokenSequence[] Sequences)
    {
        public int Tokens => Sequences.Sum(sequence => sequence.Length);
    }
}
