using Luthier.Text.Splitting;
using Luthier.Text.Splitting.Expressions;

namespace Luthier.Text.Tests.Splitting;

/// <summary>The scanners written by hand find what the expressions they stand for find.</summary>
public sealed class ScannerTests
{
    [Theory]
    [InlineData(Gpt2Pattern.Expression)]
    [InlineData(Cl100kPattern.Llama3Expression)]
    [InlineData(Cl100kPattern.Qwen2Expression)]
    [InlineData(DeepSeekPattern.Expression)]
    [InlineData(@"\p{N}{1,3}")]
    [InlineData(@"\s?\p{L}+")]
    [InlineData(@"\s?\p{P}+")]
    [InlineData(@"[\r\n]")]
    [InlineData(@"\p{Han}+")]
    [InlineData(@"[a-z\x{1D400}-\x{1D7FF}]?[^\s\p{L}]+")]
    [InlineData("[一-龥぀-ゟ゠-ヿ]+")]
    public void Scanner_agrees_with_the_general_engine(string expression)
    {
        var scanner = Patterns.FromExpression(expression, "tokenizer.json").ShouldBeAssignableTo<ScanPattern>()!;
        var engine = new RegexPattern(expression, "tokenizer.json");
        TrickyText.ShouldHold(
            TrickyText.WellFormed,
            text => FindAll(scanner, text).ShouldBe(FindAll(engine, text), $"«{text}»"),
            tests: 2000
        );
    }

    [Fact]
    public void Line_breaks_in_an_expression_may_stand_as_they_are()
    {
        var literal = Cl100kPattern.Llama3Expression.Replace(@"\r", "\r", StringComparison.Ordinal);
        Patterns.FromExpression(literal, "tokenizer.json").ShouldBeOfType<Cl100kPattern>();
    }

    [Fact]
    public void Long_runs_are_found_in_one_pass()
    {
        var text = new string('a', 1_000_000) + new string(' ', 1_000_000);
        FindAll(new Cl100kPattern(3), text).Count.ShouldBe(2);
    }

    internal static List<string> FindAll(Pattern pattern, string text)
    {
        var found = new List<string>();
        for (var from = 0; from < text.Length && pattern.TryFind(text, from, out var start, out var length); )
        {
            found.Add($"{start}:{text.Substring(start, length)}");
            from = start + Math.Max(length, 1);
        }

        return found;
    }
}
