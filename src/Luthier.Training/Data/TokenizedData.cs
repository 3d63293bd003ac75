using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Luthier.Formats;

namespace Luthier.Training.Data;

/// <summary>A data file as token sequences in memory.</summary>
/// <param name="Sequences">In the order of the file; all are learned from.</param>
/// <param name="Rows">Rows of the file.</param>
/// <param name="Unlearnable">Sequences left out because no token of them is learned.</param>
/// <param name="Cut">Tokenized rows of which only the first tokens were taken.</param>
internal sealed record TokenizedData(IReadOnlyList<TokenSequence> Sequences, int Rows, int Unlearnable, int Cut)
{
    /// <summary>Number of tokens.</summary>
    public long Tokens => Sequences.Sum(sequence => (long)sequence.Length);

    /// <summary>Reads and encodes a file on several threads; the order of the file stays.</summary>
    /// <exception cref="InvalidFileException">A row is not what it should be, or there is none.</exception>
    public static TokenizedData Load(
        DataFile file,
        IRowEncoder encoder,
        int vocabularySize,
        CancellationToken cancellation
    )
    {
        List<TokenSequence> sequences = [];
        var (rows, unlearnable, cut) = (0, 0, 0);
        try
        {
            var encoded = file.Rows()
                .AsParallel()
                .AsOrdered()
                .WithCancellation(cancellation)
                .Select(row => (row as TokenRow, Encode(row, encoder, vocabularySize)));
            foreach (var (tokenized, parts) in encoded)
            {
                rows++;
                cut += tokenized?.Sequence.Length > parts[0].Length ? 1 : 0;
                foreach (var sequence in parts)
                {
                    // Rows that came tokenized stay, whatever they ask: batches are counted in rows of the file.
                    if (sequence.LabelCount > 0 || tokenized is not null)
                    {
                        sequences.Add(sequence);
                    }
                    else
                    {
                        unlearnable++;
                    }
                }
            }
        }
        catch (AggregateException exception) when (exception.InnerExceptions.OfType<InvalidFileException>().Any())
        {
            throw FirstOf(exception);
        }

        return sequences.Exists(sequence => sequence.LabelCount > 0)
            ? new TokenizedData(sequences, rows, unlearnable, cut)
            : throw new InvalidFileException(
                file.Path,
                rows == 0
                    ? "has no rows, expected at least one"
                    : $"none of its {rows} rows has a token to learn within the cutoff length"
            );
    }

    /// <summary>A hash of all tokens and labels, to tell whether a resumed run has the same data.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var sequence in Sequences)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, sequence.Length);
            hash.AppendData(length);
            hash.AppendData(MemoryMarshal.AsBytes(sequence.Ids.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(sequence.Labels.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static TokenSequence[] Encode(DataRow row, IRowEncoder encoder, int vocabularySize)
    {
        TokenSequence[] sequences = [.. encoder.Encode(row)];
        foreach (var sequence in sequences)
        {
            foreach (var id in (ReadOnlySpan<int>)[sequence.Ids.Max(), sequence.Labels.Max()])
            {
                if (id >= vocabularySize)
                {
                    throw new InvalidFileException(
                        row.Where,
                        $"has the token {id}, expected 0 to {vocabularySize - 1} as the model's vocabulary has"
                    );
                }
            }
        }

        return sequences;
    }

    // Several threads may have met bad rows: the one that stands first in the file is reported.
    private static InvalidFileException FirstOf(AggregateException exception) =>
        exception.Flatten().InnerExceptions.OfType<InvalidFileException>().MinBy(e => LineOf(e.Path))!;

    private static int LineOf(string where) =>
        int.TryParse(where.AsSpan(where.LastIndexOf(' ') + 1), out var line) ? line : int.MaxValue;
}
