using Luthier.Generation.Constraints;

namespace Luthier.Generation.Tests.Constraints;

public sealed class GrammarTests
{
    private const string Arithmetic = """
        # Sums of products.
        root   ::= sum
        sum    ::= product (("+" | "-") product)*   # left to right
        product ::= factor ( [*/] factor )*
        factor ::= number
          | "(" sum ")"
        number ::= [0-9]{1,4} ("." [0-9]+)?
        """;

    private const string Palindromes = "root ::= \"a\" root \"a\" | \"é\" root \"é\" | \"|\"";

    [Theory]
    [MemberData(nameof(Vocabularies.All), MemberType = typeof(Vocabularies))]
    public void Texts_of_a_grammar_are_accepted_and_others_refused(string name)
    {
        var vocabulary = Vocabularies.Load(name);
        var arithmetic = vocabulary.Compiler.Grammar(Arithmetic);
        foreach (var text in (string[])["1", "1+2*3", "(1-2.50)*(30/((4)))", "((((7))))"])
        {
            vocabulary.Accepts(arithmetic, text).ShouldBeTrue(text);
        }

        foreach (var text in (string[])["", "1+", "(1", "1)", "12345", "1 + 2", "--1", "()"])
        {
            vocabulary.Accepts(arithmetic, text).ShouldBeFalse(text);
        }
    }

    [Theory]
    [MemberData(nameof(Vocabularies.All), MemberType = typeof(Vocabularies))]
    public void What_the_masks_allow_is_of_the_grammar(string name)
    {
        var vocabulary = Vocabularies.Load(name);
        var constraint = vocabulary.Compiler.Grammar(Palindromes);
        for (var seed = 0; seed < 20; seed++)
        {
            var text = RandomWalk.Text(vocabulary, constraint, new Random(seed), 60).ShouldNotBeNull();
            var halves = text.Split('|');
            halves.Length.ShouldBe(2);
            string.Concat(halves[1].Reverse()).ShouldBe(halves[0]);
        }
    }

    [Fact]
    public void Brackets_open_only_as_deep_as_they_can_close()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        var constraint = vocabulary.Compiler.Grammar("root ::= \"(\" root? \")\"");
        vocabulary.Accepts(constraint, new string('(', 256) + new string(')', 256)).ShouldBeTrue();
        vocabulary.Accepts(constraint, new string('(', 257) + new string(')', 257)).ShouldBeFalse();
        vocabulary.Accepts(constraint, "(()").ShouldBeFalse();
    }

    [Fact]
    public void Rules_may_be_empty_and_recursive_at_their_right()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        var constraint = vocabulary.Compiler.Grammar(
            """
            root ::= blank list blank
            list ::= item list | nothing
            item ::= nothing ("a" | "b") blank
            nothing ::= ""
            blank ::= " "?
            """
        );
        foreach (var text in (string[])["", " ", "a", "a b a ", "abab", " a  "])
        {
            vocabulary.Accepts(constraint, text).ShouldBeTrue($"'{text}'");
        }

        vocabulary.Accepts(constraint, "a   b").ShouldBeFalse();
        vocabulary.Accepts(constraint, string.Concat(Enumerable.Repeat("a", 3000))).ShouldBeTrue();
    }

    [Fact]
    public void A_text_that_can_be_read_in_many_ways_is_read_in_all()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        var constraint = vocabulary.Compiler.Grammar(
            """
            root ::= one | two | "a" root "b"
            one ::= "a" one | "c"
            two ::= "a" two "a"? | "d"
            """
        );
        vocabulary.Accepts(constraint, "aaac").ShouldBeTrue();
        vocabulary.Accepts(constraint, "aadb").ShouldBeTrue();
        vocabulary.Accepts(constraint, "aadabb").ShouldBeFalse();
        vocabulary.Accepts(constraint, "aaada").ShouldBeTrue();
    }

    [Theory]
    [InlineData("", "the grammar has no rule 'root'")]
    [InlineData("root", "no rule, expected one such as")]
    [InlineData("root ::= other", "no rule 'other', which is used at character 9")]
    [InlineData("root ::= \"a\" root ::= \"b\"", "a second rule 'root' at character 13")]
    [InlineData("root ::= \"a", "a text without an end")]
    [InlineData("root ::= [a", "a class without an end")]
    [InlineData("root ::= (\"a\"", "a group without an end")]
    [InlineData("root ::= \"a\")", "what is no part of a rule at character 12")]
    [InlineData("root ::= *", "what is no text, class, group or name of a rule at character 9")]
    [InlineData("root ::= \"a\"{1,99999}", "a repetition that is too large")]
    [InlineData("root ::= \"\\q\"", "the unknown escape \\q")]
    [InlineData("root ::= root \"a\" | \"b\"", "left recursion")]
    [InlineData("root ::= x? root \"a\" | \"b\"\nx ::= \"x\"", "left recursion")]
    [InlineData("root ::= x \"y\" | \"b\"\nx ::= root \"a\"", "left recursion")]
    [InlineData("root ::= \"a\" root", "allows no text")]
    [InlineData("root ::= root", "allows no text")]
    public void What_is_not_valid_is_refused_in_a_sentence(string grammar, string problem)
    {
        var compiler = Vocabularies.Load(Vocabularies.Quickstart).Compiler;
        Should.Throw<InvalidConstraintException>(() => compiler.Grammar(grammar)).Message.ShouldContain(problem);
    }

    [Fact]
    public void Grammars_that_can_be_read_in_too_many_ways_end_in_a_sentence()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        var constraint = vocabulary.Compiler.Grammar(
            """
            root ::= one | two | three | "x"
            one ::= "(" root a
            two ::= "(" root b
            three ::= "(" root c
            a ::= "a" a | ")"
            b ::= "b" b | ")"
            c ::= "c" c | ")"
            """
        );
        var state = constraint.Start();
        var token = vocabulary.Tokenizer.IdOf("(")!.Value;
        Should
            .Throw<InvalidOperationException>(() =>
            {
                for (var i = 0; i < 20; i++)
                {
                    state.Accept(token);
                }
            })
            .Message.ShouldContain("less ambiguous");
    }

    [Fact]
    public void Grammars_made_at_random_are_compiled_or_refused()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        string[] pieces =
        [
            "root",
            "x",
            "::=",
            "|",
            "(",
            ")",
            "*",
            "?",
            "\"a\"",
            "[b-d]",
            "{2,3}",
            "\n",
            "y",
            "#",
            "\"",
            " ",
        ];
        var compiled = 0;
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var start = random.Next(2) == 0 ? "x ::= \"a\" y? root ::= x " : "";
            var rest = Enumerable.Range(0, random.Next(20)).Select(_ => pieces[random.Next(pieces.Length)]);
            try
            {
                var constraint = vocabulary.Compiler.Grammar(start + string.Join(' ', rest) + " y ::= [é]");
                compiled++;
                RandomWalk.Text(vocabulary, constraint, random, 30);
            }
            catch (InvalidConstraintException e)
            {
                e.Message.ShouldNotBeEmpty();
            }
        }

        compiled.ShouldBeGreaterThan(50);
    }
}
