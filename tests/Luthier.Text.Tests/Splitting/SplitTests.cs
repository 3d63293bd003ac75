using Luthier.Text.Splitting;

namespace Luthier.Text.Tests.Splitting;

public sealed class SplitTests
{
    [Theory]
    [InlineData(nameof(SplitBehavior.Removed), false, "the|final|countdown")]
    [InlineData(nameof(SplitBehavior.Isolated), false, "the|-|final|-|-|countdown")]
    [InlineData(nameof(SplitBehavior.MergedWithPrevious), false, "the-|final-|-|countdown")]
    [InlineData(nameof(SplitBehavior.MergedWithNext), false, "the|-final|-|-countdown")]
    [InlineData(nameof(SplitBehavior.Contiguous), false, "the|-|final|--|countdown")]
    [InlineData(nameof(SplitBehavior.Removed), true, "-|-|-")]
    [InlineData(nameof(SplitBehavior.Isolated), true, "the|-|final|-|-|countdown")]
    [InlineData(nameof(SplitBehavior.MergedWithPrevious), true, "the|-final|-|-countdown")]
    [InlineData(nameof(SplitBehavior.MergedWithNext), true, "the-|final-|-|countdown")]
    [InlineData(nameof(SplitBehavior.Contiguous), true, "the|-|final|--|countdown")]
    public void Behavior_decides_what_becomes_of_matches(string behavior, bool invert, string parts) =>
        Split(
                new SplitPreTokenizer(new LiteralPattern("-"), Enum.Parse<SplitBehavior>(behavior), invert),
                "the-final--countdown"
            )
            .ShouldBe(parts);

    [Theory]
    [InlineData(nameof(PrependScheme.Always), true, "Hey  you", "▁Hey|▁|▁you")]
    [InlineData(nameof(PrependScheme.Always), false, "Hey  you", "▁Hey▁▁you")]
    [InlineData(nameof(PrependScheme.Always), true, " Hey", "▁Hey")]
    [InlineData(nameof(PrependScheme.Always), true, "▁Hey", "▁Hey")]
    [InlineData(nameof(PrependScheme.First), true, "Hey", "▁Hey")]
    [InlineData(nameof(PrependScheme.Never), true, "Hey you ", "Hey|▁you|▁")]
    public void Metaspace_marks_words(string scheme, bool split, string text, string parts) =>
        Split(new MetaspacePreTokenizer('▁', Enum.Parse<PrependScheme>(scheme), split), text).ShouldBe(parts);

    [Fact]
    public void Metaspace_of_scheme_first_marks_only_the_start_of_the_text()
    {
        var metaspace = new MetaspacePreTokenizer('▁', PrependScheme.First, split: false);
        var output = new List<Segment>();
        metaspace.Split(new Segment("xHey", 1, 3, AtStart: false), output);
        output.ShouldHaveSingleItem().Span.ToString().ShouldBe("Hey");
    }

    [Fact]
    public void Sequence_keeps_what_is_at_the_start()
    {
        var sequence = new SequencePreTokenizer([
            new SplitPreTokenizer(new LiteralPattern("|"), SplitBehavior.Removed),
            new MetaspacePreTokenizer('▁', PrependScheme.First, split: true),
        ]);
        Split(sequence, "a b|c").ShouldBe("▁a|▁b|c");
    }

    [Fact]
    public void Byte_alphabet_is_printable_and_reversible()
    {
        for (var value = 0; value < 256; value++)
        {
            var character = ByteAlphabet.CharacterOf((byte)value);
            ByteAlphabet.ByteOf(character).ShouldBe(value);
            ByteAlphabet.InOrder[ByteAlphabet.RankOf(character)].ShouldBe(character);
            char.IsWhiteSpace(character).ShouldBeFalse();
            char.IsControl(character).ShouldBeFalse();
        }

        ByteAlphabet.Encode(" é\n").ShouldBe("ĠÃ©Ċ");
        ByteAlphabet.ByteOf('漢').ShouldBe(-1);
    }

    private static string Split(PreTokenizer preTokenizer, string text)
    {
        var output = new List<Segment>();
        preTokenizer.Split(new Segment(text, 0, text.Length, AtStart: true), output);
        return string.Join('|', output.Select(part => part.Span.ToString()));
    }
}
