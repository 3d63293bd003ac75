using Luthier.Text.Splitting.Expressions;

namespace Luthier.Text.Tests.Splitting;

public sealed class ExpressionTests
{
    [Theory]
    [InlineData(@"a++b?", "aab a", "0:aab|4:a")]
    [InlineData(@"[^\r\n\p{L}]?+\p{L}", "x y", "0:x|1: y")]
    [InlineData(@"\p{Lu}\p{Ll}*", "AbcD", "0:Abc|3:D")]
    [InlineData(@"\p{Uppercase_Letter}", "aB", "1:B")]
    [InlineData(@"\p{^L}", "a1b", "1:1")]
    [InlineData(@"\P{L}", "a1b", "1:1")]
    [InlineData(@"\pL+", "ab1", "0:ab")]
    [InlineData(@"\p{Han}|\p{Hiragana}", "a漢ひ𠀀", "1:漢|2:ひ|3:𠀀")]
    [InlineData(@"[\p{L}&&[^a-c]]+", "abxyc", "2:xy")]
    [InlineData(@"[a[xy]]+", "axbz", "0:ax")]
    [InlineData(@"[[:digit:][:punct:]]+", "a1!b", "1:1!")]
    [InlineData(@"[[:^digit:]]+", "a1b", "0:a|2:b")]
    [InlineData(@"[]a]+", "]a[", "0:]a")]
    [InlineData(@"[a\-z]+", "a-mz", "0:a-|3:z")]
    [InlineData(@"[a-]+", "a-b", "0:a-")]
    [InlineData(@"[\s\-\.]+", "a -.b", "1: -.")]
    [InlineData(@".", "🦙\n", "0:🦙")]
    [InlineData(@"(?m:.)", "\n", "0:\n")]
    [InlineData(@"🦙{2}", "🦙🦙🦙", "0:🦙🦙")]
    [InlineData(@"[🦀-🦙]+", "🦙🦀x", "0:🦙🦀")]
    [InlineData(@"[^a]", "𝒜a", "0:𝒜")]
    [InlineData(@"\s+$", "a \nb  ", "1: |4:  ")]
    [InlineData(@"^b", "a\nb", "2:b")]
    [InlineData(@"\Ab|b\z", "bab", "0:b|2:b")]
    [InlineData(@"(?i:AB)c", "abc aBC", "0:abc")]
    [InlineData(@"(?i:s)s|(?i)[r-t]", "SsſsSS", "0:Ss|2:ſs|4:S|5:S")]
    [InlineData(@"(?<=a)b(?=c)|(?<!x)y(?!z)", "abc xy yz y", "1:b|10:y")]
    [InlineData(@"(a)(?<n>b)\1", "aba", "0:aba")]
    [InlineData(@"(?>a|ab)c", "abc ac", "4:ac")]
    [InlineData(@"a{,2}b", "aaab", "1:aab")]
    [InlineData(@"a{x", "a{x", "0:a{x")]
    [InlineData(@"a+?", "aa", "0:a|1:a")]
    [InlineData(@"\x41\x{1F999}\u0042\t\0", "A🦙B\t\0", "0:A🦙B\t\0")]
    [InlineData(@"\h+", "xyzfF0g", "3:fF0")]
    [InlineData(@"\d+\D", "٣4a", "0:٣4a")]
    [InlineData(@"\w+|[^\w\s]+", "né_3 !?", "0:né_3|5:!?")]
    [InlineData(@"x|", "ax", "0:|1:x")]
    [InlineData(@"[a-\d]+", "a-1b", "0:a-1")]
    public void Expression_finds(string expression, string text, string found) =>
        string.Join('|', ScannerTests.FindAll(new RegexPattern(expression, "tokenizer.json"), text)).ShouldBe(found);

    [Theory]
    [InlineData("(a", "a group has no closing parenthesis")]
    [InlineData("a)", "a parenthesis closes nothing at character 1")]
    [InlineData("[a", "the class has no closing bracket at character 2")]
    [InlineData("[z-a]", "a range runs backwards at character 4")]
    [InlineData("*a", "a quantifier follows nothing at character 0")]
    [InlineData(@"\p{Klingon}", "the property 'Klingon' is not known at character 11")]
    [InlineData(@"\p{L", "the property has no closing brace")]
    [InlineData(@"a\", "a backslash ends the expression")]
    [InlineData(@"\y", @"the escape \y is not known at character 2")]
    [InlineData(@"\x{110000}", "the number of a character is not valid")]
    [InlineData(@"(?x:a)", "this kind of group is not supported")]
    [InlineData(@"a{9999999}", "a count of repetitions is too large")]
    [InlineData(@"a{3,1}", "")]
    [InlineData(@"\2", "")]
    public void Bad_expression_is_explained(string expression, string problem) =>
        Should
            .Throw<ExpressionException>(() => new RegexPattern(expression, "tokenizer.json"))
            .Message.ShouldContain(problem);

    [Fact]
    public void Deep_and_large_expressions_are_refused()
    {
        Should.Throw<ExpressionException>(() => new RegexPattern(new string('[', 1000), "tokenizer.json"));
        var large = string.Concat(Enumerable.Repeat(@"\p{L}", 20_000));
        Should.Throw<ExpressionException>(() => new RegexPattern(large, "tokenizer.json"));
    }
}
