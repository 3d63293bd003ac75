using Luthier.Generation.Stopping;

namespace Luthier.Generation.Tests.Stopping;

public sealed class StopStringMatcherTests
{
    [Fact]
    public void Text_ends_before_or_after_the_stop_string()
    {
        Run(["END"], include: false, "one EN", "D two").ShouldBe(("one ", "END"));
        Run(["END"], include: true, "one EN", "D two").ShouldBe(("one END", "END"));
    }

    [Fact]
    public void What_may_become_a_stop_string_is_held_back_until_it_can_not()
    {
        var matcher = new StopStringMatcher(["\n\n#"], include: false);
        matcher.Push("a\n").ShouldBe("a");
        matcher.Push("\n").ShouldBe("");
        matcher.Push("\n").ShouldBe("\n");
        matcher.Push("b").ShouldBe("\n\nb");
        matcher.Push("\n").ShouldBe("");
        matcher.Flush().ShouldBe("\n");
        matcher.Matched.ShouldBeNull();
    }

    [Fact]
    public void The_one_that_ends_first_counts_and_of_equals_the_longest()
    {
        Run(["bcde", "cd"], include: false, "abcdef").ShouldBe(("ab", "cd"));
        Run(["cd", "bcd", "d"], include: false, "abcdef").ShouldBe(("a", "bcd"));
    }

    [Fact]
    public void Overlapping_starts_are_found() =>
        Run(["aab"], include: false, "a", "a", "a", "b").ShouldBe(("a", "aab"));

    [Fact]
    public void After_the_end_there_is_no_text()
    {
        var matcher = new StopStringMatcher(["x"], include: false);
        matcher.Push("axb").ShouldBe("a");
        matcher.Push("c").ShouldBe("");
        matcher.Flush().ShouldBe("");
    }

    [Fact]
    public void Without_stop_strings_pieces_pass_as_they_are()
    {
        var matcher = new StopStringMatcher([], include: false);
        var piece = new string('a', 3);
        matcher.Push(piece).ShouldBeSameAs(piece);
    }

    [Fact]
    public void A_piece_that_may_not_stop_is_text()
    {
        var matcher = new StopStringMatcher(["stop"], include: false);
        string.Concat(matcher.Push("stop st", mayStop: false), matcher.Push("op")).ShouldBe("stop ");
        matcher.Matched.ShouldBe("stop");
    }

    [Fact]
    public void Any_cut_into_pieces_gives_what_searching_the_whole_text_gives()
    {
        var random = new Random(4);
        for (var round = 0; round < 3000; round++)
        {
            var text = Word(random, 0, 30);
            string[] stops = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Word(random, 1, 5))];
            var include = random.Next(2) == 0;
            var pieces = new List<string>();
            for (var rest = text; rest.Length > 0; rest = rest[pieces[^1].Length..])
            {
                pieces.Add(rest[..random.Next(1, Math.Min(6, rest.Length + 1))]);
            }

            Run(stops, include, [.. pieces]).ShouldBe(Search(text, stops, include));
        }
    }

    private static (string Text, string? Matched) Search(string text, string[] stops, bool include)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var found = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(s => s.Length);
            if (found is not null)
            {
                return (text[..(end - (include ? 0 : found.Length))], found);
            }
        }

        return (text, null);
    }

    private static (string Text, string? Matched) Run(string[] stops, bool include, params string[] pieces)
    {
        var matcher = new StopStringMatcher(stops, include);
        var text = string.Concat(pieces.Select(piece => matcher.Push(piece))) + matcher.Flush();
        return (text, matcher.Matched);
    }

    private static string Word(Random random, int least, int most) =>
        string.Concat(Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => "ab"[random.Next(2)]));
}
