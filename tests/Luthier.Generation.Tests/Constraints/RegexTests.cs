using System.Text.RegularExpressions;
using Luthier.Generation.Constraints;

namespace Luthier.Generation.Tests.Constraints;

public sealed class RegexTests
{
    private static readonly string[] Patterns =
    [
        "abc",
        "",
        "a|bc|",
        "[a-c]+x?",
        "(ab|cd){2,4}",
        @"\d{3}-\d{4}",
        @"(?:\w+\s)*end",
        "a*?b+?c??",
        @"^(foo|bar)$",
        @"^a$|^b+$",
        @"[^a-z\d]{1,3}",
        @"\p{Lu}\p{Ll}*",
        "[α-ω]+",
        "(?i)hello",
        "(?i:a)b",
        ".{0,5}",
        "(?s).{2}",
        @"\$\d+\.\d\d",
        "[]a]+",
        "[-a]+[a-]",
        @"[\w.+-]+@[\w-]+\.[a-z]{2,3}",
        "((a|b)*c){1,2}",
        "(a*)*b",
        @"\x41\u0042\u{43}",
        "x{,2}y{2}",
        "a{b}",
        "日本(語|人)?",
        "[🙂🙃]{2}",
    ];

    public static TheoryData<string, string> Cases { get; } =
        new(Patterns.SelectMany(pattern => Vocabularies.All.Select(name => (name.Data, pattern))));

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_the_masks_allow_matches(string name, string pattern)
    {
        var vocabulary = Vocabularies.Load(name);
        var constraint = vocabulary.Compiler.Regex(pattern);
        var expected = Expected(pattern);
        for (var seed = 0; seed < 4; seed++)
        {
            var text = RandomWalk.Text(vocabulary, constraint, new Random(seed), 200).ShouldNotBeNull();
            expected.IsMatch(text).ShouldBeTrue($"'{text}' of {pattern}");
        }
    }

    [Theory]
    [InlineData("abc", "abc", "!ab", "!abcd", "!Abc")]
    [InlineData("a|bc|", "", "a", "bc", "!b", "!abc")]
    [InlineData(@"\d{3}-\d{4}", "555-1234", "!555-123", "!5555-123")]
    [InlineData("(?i)straße", "STRAßE", "Straße", "!strasse")]
    [InlineData("日本(語|人)?", "日本", "日本語", "!日", "!日本語人")]
    [InlineData(".*", "anything 🙂 at all", "", "!two\nlines")]
    [InlineData(@"\w+", "snake_case9", "!", "!two words")]
    [InlineData(@"[^\s]+", "größe", "!a b")]
    [InlineData(@"\u00e9\x41\n", "éA\n", "!eA\n")]
    [InlineData(@"\ud83d\ude42", "🙂")]
    [InlineData("(a|b){3}", "aba", "!ab", "!abab")]
    [InlineData("a{2,}", "aa", "aaaaaaa", "!a")]
    [InlineData("^$", "", "!a")]
    [InlineData("^(^a$|b)$", "a", "b", "!ab")]
    [InlineData("[^]x]+", "ab[", "!]", "!x")]
    public void Texts_are_accepted_as_they_match(string pattern, params string[] texts)
    {
        foreach (var name in Vocabularies.All.Select(name => name.Data))
        {
            var vocabulary = Vocabularies.Load(name);
            var constraint = vocabulary.Compiler.Regex(pattern);
            foreach (var text in texts)
            {
                var isRefused = text.StartsWith('!');
                var given = text.TrimStart('!');
                vocabulary.Accepts(constraint, given).ShouldBe(!isRefused, $"'{given}' of {pattern} in {name}");
            }
        }
    }

    [Fact]
    public void Random_texts_are_accepted_exactly_where_dotnet_matches()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        var random = new Random(11);
        var (accepted, refused) = (0, 0);
        for (var round = 0; round < 400; round++)
        {
            var pattern = RandomPattern(random, 3);
            var constraint = vocabulary.Compiler.Regex(pattern);
            var expected = Expected(pattern);
            for (var i = 0; i < 10; i++)
            {
                var text = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => "abé"[random.Next(3)]));
                var isMatch = expected.IsMatch(text);
                vocabulary.Accepts(constraint, text).ShouldBe(isMatch, $"'{text}' of {pattern}");
                (accepted, refused) = (accepted + (isMatch ? 1 : 0), refused + (isMatch ? 0 : 1));
            }
        }

        accepted.ShouldBeGreaterThan(300);
        refused.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void Tokens_may_be_cut_anywhere()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        var constraint = vocabulary.Compiler.Regex("(the |größe |日本語){2,}");
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            vocabulary.AcceptsAnyCut(constraint, "the größe 日本語the ", random).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("(", "a group without an end")]
    [InlineData("a)", "a ) that closes nothing at character 1")]
    [InlineData("[a", "a class without an end")]
    [InlineData("[z-a]", "a range that runs backwards at character 1")]
    [InlineData("*a", "the quantifier * after nothing at character 0")]
    [InlineData("a**", "a quantifier after a quantifier at character 2")]
    [InlineData("a*+", "a possessive quantifier")]
    [InlineData("{2}", "a quantifier after nothing")]
    [InlineData("a{3,2}", "bounds of a repetition in the wrong order")]
    [InlineData("a{1,100000}", "a repetition that is too large, expected at most 10000, at character 1")]
    [InlineData("a{99999999999999999999}", "too large")]
    [InlineData(@"(a)\1", "the back-reference \\1, which is not supported")]
    [InlineData(@"(?<x>a)\k<x>", "the back-reference \\k")]
    [InlineData("(?P=x)", "a back-reference")]
    [InlineData("a(?=b)", "the look-around (?=, which is not supported, at character 1")]
    [InlineData("(?<!a)b", "the look-around (?<!")]
    [InlineData("(?>a)", "a kind of group that is not supported")]
    [InlineData(@"\bword", "\\b, which looks around")]
    [InlineData("a^b", "an anchor inside")]
    [InlineData("a(b$)c", "an anchor inside")]
    [InlineData("(a^)*", "an anchor inside")]
    [InlineData("^*", "a quantifier after an anchor")]
    [InlineData(@"\q", "the unknown escape \\q")]
    [InlineData(@"\p{Nope}", "the unknown property 'Nope'")]
    [InlineData(@"\ud83d", "half of a character")]
    [InlineData(@"\u{110000}", "a number that is no character's")]
    [InlineData("a\\", "a backslash without a character after it")]
    [InlineData("[^\0-\U0010FFFF]", "allows no text")]
    [InlineData("((a{1000}){1000}){1000}", "automaton of more than")]
    [InlineData("(a|b)*a(a|b){30}", "automaton of more than")]
    public void What_is_not_supported_is_refused_in_a_sentence(string pattern, string problem)
    {
        var compiler = Vocabularies.Load(Vocabularies.Quickstart).Compiler;
        Should.Throw<InvalidConstraintException>(() => compiler.Regex(pattern)).Message.ShouldContain(problem);
    }

    [Fact]
    public void Deep_and_long_patterns_are_refused()
    {
        var compiler = Vocabularies.Load(Vocabularies.Quickstart).Compiler;
        Should
            .Throw<InvalidConstraintException>(() => compiler.Regex(new string('(', 100_000)))
            .Message.ShouldContain("more than 64 groups");
        Should
            .Throw<InvalidConstraintException>(() => compiler.Regex(new string('a', 300_000)))
            .Message.ShouldContain("300000 characters");
        var nested = string.Concat(Enumerable.Repeat("(", 60)) + string.Concat(Enumerable.Repeat("){9999}", 60));
        Should.Throw<InvalidConstraintException>(() => compiler.Regex(nested));
    }

    [Fact]
    public void Garbage_is_compiled_or_refused()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        const string Alphabet = @"ab0(((|||))*+?{},12[]^$\dw.-é🙂";
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var pattern = string.Concat(
                Enumerable.Range(0, random.Next(1, 20)).Select(_ => Alphabet[random.Next(Alphabet.Length)])
            );
            CompiledConstraint constraint;
            try
            {
                constraint = vocabulary.Compiler.Regex(pattern);
            }
            catch (InvalidConstraintException)
            {
                continue;
            }

            RandomWalk.Text(vocabulary, constraint, random, 50);
        }
    }

    private static readonly string[] Quantifiers = ["*", "+", "?", "{2}", "{1,3}"];

    private static string RandomPattern(Random random, int depth) =>
        random.Next(depth <= 0 ? 3 : 7) switch
        {
            0 => "a",
            1 => "[bé]",
            2 => "[^a]",
            3 => $"({RandomPattern(random, depth - 1)}|{RandomPattern(random, depth - 1)})",
            4 => $"(?:{RandomPattern(random, depth - 1)}){Quantifiers[random.Next(5)]}",
            _ => RandomPattern(random, depth - 1) + RandomPattern(random, depth - 1),
        };

    // What .NET writes otherwise, and its wider meaning of \w, do not matter to these patterns and texts.
    private static Regex Expected(string pattern) =>
        new(
            @"\A(?:" + pattern.Replace(@"\u{43}", "C").Replace("{,2}", "{0,2}").Replace("[🙂🙃]", "(?:🙂|🙃)") + @")\z",
            RegexOptions.CultureInvariant,
            TimeSpan.FromSeconds(10)
        );
}
