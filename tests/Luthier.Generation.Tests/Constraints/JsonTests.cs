using System.Text.Json;

namespace Luthier.Generation.Tests.Constraints;

public sealed class JsonTests
{
    [Theory]
    [MemberData(nameof(Vocabularies.All), MemberType = typeof(Vocabularies))]
    public void What_the_masks_allow_is_an_object(string name)
    {
        var vocabulary = Vocabularies.Load(name);
        var constraint = vocabulary.Compiler.JsonObject();
        for (var seed = 0; seed < 40; seed++)
        {
            var text = RandomWalk.Text(vocabulary, constraint, new Random(seed), 150).ShouldNotBeNull();
            using var document = JsonDocument.Parse(text);
            document.RootElement.ValueKind.ShouldBe(JsonValueKind.Object);
            ReadAll(document.RootElement);
        }
    }

    [Theory]
    [MemberData(nameof(Vocabularies.All), MemberType = typeof(Vocabularies))]
    public void Objects_are_accepted(string name)
    {
        var vocabulary = Vocabularies.Load(name);
        var constraint = vocabulary.Compiler.JsonObject();
        string[] texts =
        [
            "{}",
            """{"a":1}""",
            """{"a": 1, "b": [true, false, null], "c": {"d": {}}}""",
            """{"numbers": [0, -0, -1, 10, 0.5, -2.25, 1e5, 1E-7, 2.5e+10, 123456789012345678]}""",
            """{"text": "quote \" slash \/ backslash \\ \b\f\n\r\t \u00e9 \ud83d\ude42 é 🙂 漢字"}""",
            "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}",
            "{\n\t\"a\": [ ],\n\t\"b\": { }\n}",
            """{"a":1,"a":2}""",
            "{\"\u007f\u2028\":\"\"}",
            string.Concat(Enumerable.Repeat("{\"a\":[", 32)) + string.Concat(Enumerable.Repeat("]}", 32)),
        ];
        foreach (var text in texts)
        {
            JsonDocument.Parse(text);
            vocabulary.Accepts(constraint, text).ShouldBeTrue(text);
        }
    }

    [Theory]
    [MemberData(nameof(Vocabularies.All), MemberType = typeof(Vocabularies))]
    public void Anything_else_is_refused(string name)
    {
        var vocabulary = Vocabularies.Load(name);
        var constraint = vocabulary.Compiler.JsonObject();
        string[] texts =
        [
            "",
            "[]",
            "1",
            "{",
            "{}}",
            "{} ",
            """{"a"}""",
            """{"a":}""",
            """{"a":1,}""",
            """{a:1}""",
            """{'a':1}""",
            """{"a":01}""",
            """{"a":+1}""",
            """{"a":1.}""",
            """{"a":.5}""",
            """{"a":1e}""",
            """{"a":1e999}""",
            """{"a":NaN}""",
            """{"a":tru}""",
            """{"a":"\x"}""",
            """{"a":"\u12g4"}""",
            """{"a":"\ud83d"}""",
            """{"a":"\ude42"}""",
            """{"a":"\ud83d\u0041"}""",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\u0001\"}",
            "{    }",
            "{\"a\":1\n\n}",
            string.Concat(Enumerable.Repeat("{\"a\":[", 33)) + string.Concat(Enumerable.Repeat("]}", 33)),
        ];
        foreach (var text in texts)
        {
            vocabulary.Accepts(constraint, text).ShouldBeFalse(text);
        }
    }

    [Fact]
    public void Tokens_may_be_cut_anywhere()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        var constraint = vocabulary.Compiler.JsonObject();
        for (var seed = 0; seed < 20; seed++)
        {
            const string Text = """{"größe": [1, "a\ud83d\ude42b"], "x": {"漢字": null}}""";
            vocabulary.AcceptsAnyCut(constraint, Text, new Random(seed)).ShouldBeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(Vocabularies.All), MemberType = typeof(Vocabularies))]
    public void A_text_is_completed_with_the_tokens_that_are_left(string name)
    {
        var vocabulary = Vocabularies.Load(name);
        var constraint = vocabulary.Compiler.JsonObject();
        for (var most = 3; most < 40; most++)
        {
            var text = RandomWalk.Text(vocabulary, constraint, new Random(most), most).ShouldNotBeNull();
            JsonDocument.Parse(text).RootElement.ValueKind.ShouldBe(JsonValueKind.Object);
        }
    }

    [Fact]
    public void Deep_values_close_within_the_depth_that_readers_take()
    {
        // A model that opens brackets as long as it can.
        var vocabulary = Vocabularies.Load("llama3");
        var state = vocabulary.Compiler.JsonObject().Start();
        var logits = new float[vocabulary.Tokenizer.VocabularySize];
        var tokens = vocabulary.Tokenizer.Encode("{\"a\":", addSpecialTokens: false).ToList();
        tokens.ForEach(state.Accept);
        while (!state.IsComplete)
        {
            logits.AsSpan().Clear();
            state.Mask(logits);
            var allowed = Enumerable.Range(0, logits.Length).Where(token => logits[token] == 0).ToList();
            tokens.Add(allowed.MaxBy(token => Worth(vocabulary.BytesOf(token))));
            state.Accept(tokens[^1]);
        }

        var text = System.Text.Encoding.UTF8.GetString(vocabulary.BytesOf(tokens));
        text.ShouldBe("{\"a\":" + new string('[', 63) + new string(']', 63) + "}");
        JsonDocument.Parse(text);
    }

    private static int Worth(byte[] token) =>
        token.All(b => b == '[') ? token.Length
        : token.All(b => b is (byte)']' or (byte)'}') ? 0
        : -1;

    private static void ReadAll(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    member.Name.ShouldNotBeNull();
                    ReadAll(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadAll(item);
                }

                break;
            case JsonValueKind.String:
                element.GetString().ShouldNotBeNull();
                break;
            case JsonValueKind.Number:
                double.IsFinite(element.GetDouble()).ShouldBeTrue(element.GetRawText());
                break;
        }
    }
}
