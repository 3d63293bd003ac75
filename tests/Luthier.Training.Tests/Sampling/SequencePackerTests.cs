using FsCheck;
using FsCheck.Fluent;
using Luthier.Training.Data;
using Luthier.Training.Sampling;

namespace Luthier.Training.Tests.Sampling;

public sealed class SequencePackerTests
{
    [Fact]
    public void InFileOrderARowIsClosedWhenTheNextDoesNotFit() =>
        Pack([4, 3, 5, 2, 1, 8], inFileOrder: true).ShouldBe("4+3 5+2+1 8");

    [Fact]
    public void OtherwiseASequenceGoesToTheFullestRowWithRoom() =>
        Pack([4, 6, 3, 2, 1, 8, 1], inFileOrder: false).ShouldBe("4+3+1 6+2 8 1");

    [Fact]
    public void NothingIsLostAndNoRowIsTooLong() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<byte[]>(),
                ArbMap.Default.ArbFor<bool>(),
                (bytes, inFileOrder) =>
                {
                    var sequences = bytes.Select(b => Sequence(1 + (b % 16))).ToList();
                    var rows = SequencePacker.Pack(sequences, 16, inFileOrder);
                    var packed = rows.SelectMany(row => row).ToList();
                    return rows.All(row => row.Sum(sequence => sequence.Length) <= 16)
                        && packed.Count == sequences.Count
                        && (inFileOrder ? packed.SequenceEqual(sequences) : packed.ToHashSet().SetEquals(sequences));
                }
            )
            .QuickCheckThrowOnFailure();

    private static string Pack(int[] lengths, bool inFileOrder) =>
        string.Join(
            ' ',
            SequencePacker
                .Pack([.. lengths.Select(Sequence)], 8, inFileOrder)
                .Select(row => string.Join('+', row.Select(sequence => sequence.Length)))
        );

    private static TokenSequence Sequence(int length) => new(new int[length], new int[length]);
}
