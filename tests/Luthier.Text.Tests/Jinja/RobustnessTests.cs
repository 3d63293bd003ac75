using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Luthier.Text.Jinja;

namespace Luthier.Text.Tests.Jinja;

/// <summary>Whatever a template is, and whatever it is given, it ends in a text or in one error that names a place.</summary>
public sealed class RobustnessTests
{
    private static readonly DateTime Now = new(2026, 1, 2, 3, 4, 5);
    private static readonly JsonElement NoInput = JsonDocument.Parse("{}").RootElement;

    /// <summary>Less than usual, so that what runs away is stopped soon.</summary>
    private static readonly JinjaLimits Tight = new()
    {
        Steps = 100_000,
        Allocation = 1 << 22,
        Output = 1 << 20,
        CallDepth = 50,
    };

    [Theory]
    [InlineData("{{ 'a' * 10**9 }}")]
    [InlineData("{{ [0] * 10**9 }}")]
    [InlineData("{{ 9**9**9**9**9 }}")]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set n = namespace(s='ab') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}")]
    [InlineData("{% set n = namespace(s=1) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}")]
    [InlineData(
        "{% set n = namespace(a=1, b=1) %}{% for i in range(99) %}{% set n.a = [n.a, n.a] %}{% set n.b = [n.b, n.b] %}"
            + "{% endfor %}{{ n.a == n.b }}"
    )]
    [InlineData(
        "{% set n = namespace(s=1) %}{% for i in range(99) %}{% set n.s = (n.s, n.s) %}{% endfor %}{{ {n.s: 1} }}"
    )]
    [InlineData(
        "{% set n = namespace(s=1) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s|tojson }}"
    )]
    [InlineData("{% set n = namespace(s=1) %}{% for i in range(20000) %}{% set n.s = [n.s] %}{% endfor %}{{ n.s }}")]
    [InlineData(
        "{% set n = namespace(s='a') %}{% for i in range(20000) %}{% set n.s = n.s|map('string') %}{% endfor %}"
            + "{{ n.s|list }}"
    )]
    [InlineData("{% set n = namespace() %}{% set n.s = n %}{{ n }}")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")]
    [InlineData("{% for x in [[]] recursive %}{{ loop([[]]) }}{% endfor %}")]
    [InlineData("{{ '%999999999d' % 1 }}")]
    [InlineData("{{ '{:999999999}'.format(1) }}")]
    [InlineData("{{ 'a'.center(999999999) }}")]
    [InlineData("{{ 'a'|indent(999999999, true) }}")]
    [InlineData("{{ [1]|batch(999999999, 0)|list }}")]
    [InlineData("{{ [1]|slice(999999999)|list }}")]
    [InlineData("{{ [1]|tojson(indent=999999999) }}")]
    [InlineData("{{ range(100001) }}")]
    [InlineData("{{ ('a' * 1000000).replace('', 'b' * 1000000) }}")]
    [InlineData("{{ ('a' * 800000 ~ 'b' ~ 'a' * 800000) in 'a' * 2000000 }}")]
    [InlineData("{% set s = 'a' * 2000000 %}{% for i in range(100000) %}{{ s[1999999] }}{% endfor %}")]
    public void What_takes_too_much_is_stopped(string template)
    {
        var error = Should.Throw<JinjaException>(() => JinjaTemplate.Parse(template).Render(NoInput, Now, Tight));
        error.Kind.ShouldBe(JinjaErrorKind.Limit);
        error.Line.ShouldBe(1);
        error.Message.ShouldStartWith("line 1, column ");
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("{1: ", "}")]
    [InlineData("- ", "")]
    [InlineData("not ", "")]
    [InlineData("x[", "]")]
    [InlineData("f(", ")")]
    [InlineData("1 if 1 else ", "")]
    public void Nested_expressions_are_bounded(string open, string close)
    {
        const int depth = 20_000;
        var expression =
            string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));
        var error = Should.Throw<JinjaException>(() => JinjaTemplate.Parse("{{ " + expression + " }}"));
        error.Kind.ShouldBe(JinjaErrorKind.Limit);
    }

    [Theory]
    [InlineData(" + 1")]
    [InlineData("|string")]
    [InlineData(".a")]
    [InlineData("[0]")]
    [InlineData("()")]
    [InlineData(" ** 1")]
    [InlineData(" if 1")]
    public void Long_chains_are_bounded(string link)
    {
        var expression = "1" + string.Concat(Enumerable.Repeat(link, 20_000));
        var error = Should.Throw<JinjaException>(() => JinjaTemplate.Parse("{{ " + expression + " }}"));
        error.Kind.ShouldBe(JinjaErrorKind.Limit);
    }

    [Theory]
    [InlineData("{% if 1 %}", "{% endif %}")]
    [InlineData("{% for x in y %}", "{% endfor %}")]
    [InlineData("{% macro f() %}", "{% endmacro %}")]
    [InlineData("{% set x %}", "{% endset %}")]
    [InlineData("{% filter trim %}", "{% endfilter %}")]
    public void Nested_blocks_are_bounded(string open, string close)
    {
        var template = string.Concat(Enumerable.Repeat(open, 20_000)) + string.Concat(Enumerable.Repeat(close, 20_000));
        Should.Throw<JinjaException>(() => JinjaTemplate.Parse(template)).Kind.ShouldBe(JinjaErrorKind.Limit);
    }

    [Fact]
    public void Flat_chains_may_be_long()
    {
        var template = "{{ " + string.Join(" ~ ", Enumerable.Repeat("1", 5000)) + " }}";
        JinjaTemplate.Parse(template).Render(NoInput, Now).ShouldBe(new string('1', 5000));
        var choices = string.Concat(Enumerable.Repeat("{% elif x == 1 %}a", 5000));
        JinjaTemplate.Parse("{% if x %}a" + choices + "{% else %}b{% endif %}").Render(NoInput, Now).ShouldBe("b");
    }

    [Fact]
    public void A_stack_that_is_nearly_full_is_an_error()
    {
        var template = JinjaTemplate.Parse(
            "{% macro f(n) %}{% if n %}{{ ((((((((((f(n - 1)|string)|trim)|trim)))|trim)|trim)|trim)|trim)) }}{% endif %}"
                + "{% endmacro %}{{ f(10000) }}"
        );
        Exception? caught = null;
        var thread = new Thread(
            () =>
                caught = Record.Exception(() => template.Render(NoInput, Now, new JinjaLimits { CallDepth = 20_000 })),
            maxStackSize: 256 * 1024
        );
        thread.Start();
        thread.Join();
        caught.ShouldBeOfType<JinjaException>().Kind.ShouldBe(JinjaErrorKind.Limit);
    }

    [Theory]
    [InlineData("a\n b {{ x.y }}", 2, 7, "'x' is undefined")]
    [InlineData("{% if %}", 1, 7, "expected an expression, found the end of the tag")]
    [InlineData("{% for x in y %}\n{{ x }", 2, 6, "unexpected '}'")]
    [InlineData("{% for x in y %}\n{{ x ", 2, 1, "the tag is not closed; expected '}}'")]
    [InlineData("{% if a %}\n\n", 2, 1, "'if' is not closed; expected 'elif' or 'else' or 'endif'")]
    [InlineData("{% for x in y %}{% endif %}", 1, 20, "unknown tag 'endif'; expected 'endfor' or 'else' for 'for'")]
    [InlineData("\n{{ 'a' + 1 }}", 2, 10, "can only concatenate str (not \"int\") to str")]
    [InlineData("{% include 'x' %}", 1, 4, "'include' is not supported: a chat template stands by itself")]
    [InlineData("\r\n{{ a|nosuch }}", 2, 6, "No filter named 'nosuch'.")]
    [InlineData("{{ raise_exception('roles must alternate') }}", 1, 19, "roles must alternate")]
    [InlineData("{{ 'abc }}", 1, 4, "the string is not closed")]
    [InlineData("{{ 'a\\x1' }}", 1, 4, "the string holds an escape that is not complete or names no character")]
    public void Errors_name_the_place(string template, int line, int column, string problem)
    {
        var error = Should.Throw<JinjaException>(() => JinjaTemplate.Parse(template).Render(NoInput, Now));
        error.Problem.ShouldBe(problem);
        error.Line.ShouldBe(line);
        error.Column.ShouldBe(column);
    }

    [Fact]
    public void Threads_may_render_the_same_template()
    {
        var template = JinjaTemplate.Parse(
            "{% set n = namespace(s=0) %}{% macro f(x) %}{{ x * 2 }}{% endmacro %}"
                + "{% for i in range(count) %}{% set n.s = n.s + i %}{{ f(i) }}{{ loop.last }}{% endfor %}{{ n.s }}"
        );
        string Render(int count) => template.Render(JsonDocument.Parse($"{{\"count\": {count}}}").RootElement, Now);

        var expected = Enumerable.Range(0, 20).Select(Render).ToArray();
        Parallel.For(
            0,
            2000,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            i => Render(i % 20).ShouldBe(expected[i % 20])
        );
    }

    [Fact]
    public void Mutated_templates_and_inputs_give_a_text_or_an_error()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(FactTests.Path));
        var input = file.RootElement.GetProperty("input");
        var seeds = file
            .RootElement.GetProperty("facts")
            .EnumerateArray()
            .Select(fact => fact.GetProperty("template").GetString()!)
            .Where(template => template.Contains("{%", StringComparison.Ordinal))
            .ToArray();
        var inputs = TestInputs(input);
        var mutation =
            from template in Gen.Elements(seeds)
            from other in Gen.Elements(seeds)
            from cuts in Gen.Choose(0, 1000).ArrayOf(4)
            from choice in Gen.Choose(0, 4)
            from variables in Gen.Elements(inputs)
            select (Mutate(template, other, cuts, choice), variables);
        Prop.ForAll(
                mutation.ToArbitrary(),
                pair =>
                {
                    try
                    {
                        JinjaTemplate.Parse(pair.Item1).Render(pair.variables, Now, Tight).ShouldNotBeNull();
                    }
                    catch (JinjaException error)
                    {
                        error.Line.ShouldBeGreaterThan(0);
                        error.Column.ShouldBeGreaterThan(0);
                        error.Problem.ShouldNotBeEmpty();
                    }
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5000).WithQuietOnSuccess(true));
    }

    private static string Mutate(string template, string other, int[] cuts, int choice)
    {
        int At(string text, int index) => cuts[index] * text.Length / 1000;
        var (start, end) = (Math.Min(At(template, 0), At(template, 1)), Math.Max(At(template, 0), At(template, 1)));
        var (from, to) = (Math.Min(At(other, 2), At(other, 3)), Math.Max(At(other, 2), At(other, 3)));
        return choice switch
        {
            0 => template.Remove(start, end - start),
            1 => template.Insert(start, other[from..to]),
            2 => template[..end] + other[to..],
            3 => template.Insert(end, template[start..end]),
            _ => template.Remove(start, end - start).Insert(start, new string([.. template[start..end].Reverse()])),
        };
    }

    // The same names with values of other types.
    private static JsonElement[] TestInputs(JsonElement input)
    {
        string[] values =
        [
            "null",
            "true",
            "-1",
            "2.5",
            "\"text\"",
            "[]",
            "[[1, \"a\"], null]",
            "{\"role\": {\"a\": []}}",
        ];
        var names = input.EnumerateObject().Select(member => member.Name).ToArray();
        return
        [
            input,
            .. values.Select(value =>
                JsonDocument
                    .Parse("{" + string.Join(',', names.Select(name => $"\"{name}\": {value}")) + "}")
                    .RootElement
            ),
        ];
    }
}
