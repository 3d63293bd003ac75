using Luthier.Generation.Constraints;
using Luthier.Generation.Constraints.Masks;

namespace Luthier.Generation.Tests.Constraints;

public sealed class SharingTests
{
    [Fact]
    public void Equal_definitions_are_compiled_once()
    {
        var compiler = Vocabularies.Load(Vocabularies.Quickstart).Compiler;
        compiler.Regex("a+b").ShouldBeSameAs(compiler.Regex("a+b"));
        compiler.Regex("a+b").ShouldNotBeSameAs(compiler.Grammar("root ::= \"a\"+ \"b\""));
        compiler.Choice(["a", "b"]).ShouldBeSameAs(compiler.Choice(["a", "b"]));
        compiler.Choice(["a", "b"]).ShouldNotBeSameAs(compiler.Choice(["b", "a"]));
        compiler.JsonObject().ShouldBeSameAs(compiler.JsonObject());
    }

    [Fact]
    public void What_failed_to_compile_fails_again()
    {
        var compiler = Vocabularies.Load(Vocabularies.Quickstart).Compiler;
        Should.Throw<InvalidConstraintException>(() => compiler.Regex("(x"));
        Should.Throw<InvalidConstraintException>(() => compiler.Regex("(x"));
    }

    [Fact]
    public void Threads_get_what_one_alone_gets()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        string Walk(ConstraintCompiler compiler, int seed) =>
            RandomWalk.Text(vocabulary, compiler.JsonSchema($"{{\"title\": \"{seed % 3}\"}}"), new Random(seed), 60)!;
        var alone = new ConstraintCompiler(vocabulary.Tokenizer);
        var expected = Enumerable.Range(0, 60).Select(seed => Walk(alone, seed)).ToArray();
        var shared = new ConstraintCompiler(vocabulary.Tokenizer);
        var texts = new string[expected.Length];
        Parallel.For(
            0,
            texts.Length,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            i => texts[i] = Walk(shared, i)
        );
        texts.ShouldBe(expected);
    }

    [Fact]
    public void Masks_that_were_not_used_for_longest_make_room()
    {
        var mask = new AllowedTokens(TokenSet.Of(new ulong[100]), 0, [], 0);
        var cache = new MaskCache(maximumBytes: 3 * (mask.Bytes + 300));
        foreach (var key in (int[])[1, 2, 3])
        {
            cache.Add([key], mask);
        }

        cache.Find([1]).ShouldBeSameAs(mask);
        cache.Add([4], mask);
        cache.Find([2]).ShouldBeNull();
        cache.Find([1]).ShouldBeSameAs(mask);
        cache.Find([4]).ShouldBeSameAs(mask);
        cache.Bytes.ShouldBeInRange(1, 3 * (mask.Bytes + 300));
    }

    [Fact]
    public void Constraints_that_were_not_used_for_longest_make_room()
    {
        var compiler = Vocabularies.Load(Vocabularies.Quickstart).Compiler;
        var (a, b) = (compiler.Regex("[a-z]{100}"), compiler.Regex("[a-y]{100}"));
        var cache = new ConstraintCache(maximumBytes: a.Bytes + 500);
        cache.GetOrAdd(("regex", "a"), () => a).ShouldBeSameAs(a);
        cache.GetOrAdd(("regex", "b"), () => b).ShouldBeSameAs(b);
        cache.Count.ShouldBe(1);
        cache.GetOrAdd(("regex", "b"), () => a).ShouldBeSameAs(b);
        cache.GetOrAdd(("regex", "a"), () => b).ShouldBeSameAs(b);
    }

    [Fact]
    public void Nothing_may_follow_a_complete_text_where_the_model_has_no_such_end()
    {
        var tokenizer = Vocabularies.Load(Vocabularies.Quickstart).Tokenizer;
        var compiler = new ConstraintCompiler(tokenizer, [tokenizer.VocabularySize + 5]);
        var state = compiler.Choice(["a"]).Start();
        state.Accept(tokenizer.IdOf("a")!.Value);
        var logits = new float[tokenizer.VocabularySize];
        state.Mask(logits);
        logits.ShouldAllBe(logit => float.IsNegativeInfinity(logit));
    }

    [Fact]
    public void Logits_beyond_the_vocabulary_are_never_allowed()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        foreach (
            var constraint in (CompiledConstraint[])[vocabulary.Compiler.Regex(".*"), vocabulary.Compiler.Regex("ab")]
        )
        {
            var logits = new float[vocabulary.Tokenizer.VocabularySize + 100];
            constraint.Start().Mask(logits);
            logits[vocabulary.Tokenizer.VocabularySize..].ShouldAllBe(logit => float.IsNegativeInfinity(logit));
            logits.ShouldContain(0);
            var fewer = new float[vocabulary.Tokenizer.VocabularySize - 100];
            constraint.Start().Mask(fewer);
            fewer.ShouldContain(0);
        }
    }

    [Fact]
    public void Masks_that_are_known_allocate_nothing()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        var constraint = vocabulary.Compiler.JsonObject();
        var tokens = vocabulary.Tokenizer.Encode("{\"a\": [1, \"text\", {\"b\": null}], \"c\": true}", false);
        var logits = new float[vocabulary.Tokenizer.VocabularySize];
        for (var pass = 0; pass < 60; pass++)
        {
            var state = constraint.Start();
            state.Mask(logits);
            state.Accept(tokens[0]);
            state.Mask(logits);
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var token in tokens.AsSpan(1))
            {
                state.Accept(token);
                state.Mask(logits);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (pass == 59)
            {
                allocated.ShouldBeLessThan(200);
            }
        }
    }
}
