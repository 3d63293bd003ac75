using Luthier.Generation.Constraints;

namespace Luthier.Generation.Tests.Constraints;

public sealed class JsonSchemaTests
{
    private const string Person = """
        {
          "title": "Person", "description": "Someone", "type": "object",
          "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 12},
            "age": {"type": "integer", "minimum": 0, "maximum": 130},
            "email": {"type": "string", "format": "email"},
            "tags": {"type": "array", "items": {"enum": ["a", "größe", 3, null, {"x": [1, 2]}]}, "minItems": 1, "maxItems": 3}
          },
          "required": ["name", "tags"], "additionalProperties": false
        }
        """;

    private const string Tree = """
        {
          "$ref": "#/$defs/node",
          "$defs": {
            "node": {
              "type": "object",
              "properties": {"value": {"type": ["number", "null"]}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
              "required": ["children"]
            }
          }
        }
        """;

    private const string Shapes = """
        {
          "type": "array", "maxItems": 4,
          "items": {
            "anyOf": [
              {"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number", "exclusiveMinimum": 0}}, "required": ["kind", "radius"]},
              {"type": "object", "properties": {"kind": {"const": "square"}, "side": {"type": "number", "exclusiveMinimum": 0, "maximum": 2.5}}, "required": ["kind", "side"]},
              {"type": "string", "pattern": "^[A-Z]{2,3}-\\d+$"}
            ]
          }
        }
        """;

    private const string Open = """
        {"type": "object", "properties": {"a": {"type": "integer"}, "ab": {"type": "boolean"}},
         "required": ["z"], "additionalProperties": {"type": "string", "maxLength": 3}}
        """;

    private const string Merged = """
        {
          "allOf": [{"$ref": "#/definitions/base"}, {"properties": {"n": {"minimum": 3}}, "required": ["n"]}],
          "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
          "definitions": {"base": {"type": "object", "properties": {"n": {"type": "integer", "maximum": 5}}}}
        }
        """;

    private const string Tuple = """
        {"prefixItems": [{"type": "boolean"}, {"type": "string", "enum": ["x", "y"]}], "items": {"type": "integer"},
         "type": "array", "minItems": 1, "maxItems": 5}
        """;

    private const string Formats = """
        {"type": "object", "properties": {
           "a": {"type": "string", "format": "date"}, "b": {"type": "string", "format": "time"},
           "c": {"type": "string", "format": "date-time"}, "d": {"type": "string", "format": "uuid"},
           "e": {"type": "string", "format": "ipv4"}, "f": {"type": "string", "format": "ipv6"},
           "g": {"type": "string", "format": "uri"}, "h": {"type": "string", "format": "hostname"},
           "i": {"type": "string", "format": "duration"}, "j": {"type": "string", "format": "email", "maxLength": 30}},
         "required": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]}
        """;

    private const string Numbers = """
        {"type": "array", "prefixItems": [
           {"type": "integer", "minimum": -5, "maximum": 120}, {"type": "number", "minimum": -1.5, "exclusiveMaximum": 3.25},
           {"type": "integer", "exclusiveMinimum": 99, "exclusiveMaximum": 1001}, {"type": "number", "maximum": -0.001},
           {"type": "number", "minimum": 0}, {"type": "integer", "minimum": 10}, {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
           {"type": "integer", "minimum": -2.5, "maximum": 1e2}], "items": false, "minItems": 8}
        """;

    private const string Strings = """
        {"type": "array", "items": {"anyOf": [
           {"type": "string", "pattern": "[0-9]\\.\\d", "maxLength": 8}, {"type": "string", "pattern": "^\"\\\\\\n$"},
           {"type": "string", "minLength": 2, "maxLength": 4}, {"type": "string", "pattern": "^a|b$", "minLength": 3}]}}
        """;

    private const string Counted = """
        {"type": "object", "properties": {"a": {}, "b": {}, "c": {}, "d": {}}, "required": ["b"],
         "minProperties": 2, "maxProperties": 3}
        """;

    public static TheoryData<string, string> Cases { get; } =
        new(
            Vocabularies.All.SelectMany(name =>
                (
                    (string[])
                        ["true", "{}", Person, Tree, Shapes, Open, Merged, Tuple, Formats, Numbers, Strings, Counted]
                ).Select(schema => (name.Data, schema))
            )
        );

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_the_masks_allow_is_valid(string name, string schema)
    {
        var vocabulary = Vocabularies.Load(name);
        var constraint = vocabulary.Compiler.JsonSchema(schema);
        var validator = new SchemaValidator(schema);
        for (var seed = 0; seed < 12; seed++)
        {
            var text = RandomWalk.Text(vocabulary, constraint, new Random(seed), 400).ShouldNotBeNull();
            validator.IsValid(text).ShouldBeTrue(text);
        }
    }

    [Theory]
    [InlineData(Person, """{"name": "Ann", "age": 7, "email": "ann@example.com", "tags": ["a", null]}""")]
    [InlineData(Person, """{"name":"日本語🙂","tags":[{"x":[1,2]},"gr\u00f6\u00DFe",3]}""")]
    [InlineData(Person, "{\n  \"name\": \"\\ud83d\\ude42\",\n  \"age\": 130,\n  \"tags\": [\n    \"größe\"\n  ]\n}")]
    [InlineData(Tree, """{"value":1.5e3,"children":[{"children":[]},{"value":null,"children":[{"children":[]}]}]}""")]
    [InlineData(Shapes, """[{"kind": "circle", "radius": 0.1}, {"kind": "square", "side": 2.50}, "AB-1"]""")]
    [InlineData(Shapes, "[]")]
    [InlineData(Open, """{"ab": true, "z": "é", "b": "", "abc": "xyz"}""")]
    [InlineData(Merged, """{"n": 4, "next": {"n": 3, "next": null}}""")]
    [InlineData(Tuple, """[true]""")]
    [InlineData(Tuple, """[true, "y", 1, -2, 3]""")]
    [InlineData(Numbers, """[-5, -1.5, 100, -0.001, 0, 10, 1.000, -2]""")]
    [InlineData(Numbers, """[120, 3.249, 1000, -5, 0.0, 999999, 0.0001, 100]""")]
    [InlineData(Strings, """["x1.5y", "\"\\\n", "ab", "abcdef", "xxb"]""")]
    [InlineData("""{"type": "string", "nullable": true}""", "null")]
    [InlineData(Counted, """{"b": 1, "d": 1}""")]
    [InlineData(Counted, """{"a": 1, "b": 1, "c": 1}""")]
    [InlineData("""{"type": "object", "minProperties": 1, "maxProperties": 2}""", """{"x": 1, "y": []}""")]
    [InlineData(
        """{"type": "object", "required": ["a"], "additionalProperties": true, "maxProperties": 2}""",
        """{"a":1,"b":2}"""
    )]
    [InlineData("""{"type": "array", "maxItems": 0}""", "[]")]
    [InlineData("""{"type": "array", "minItems": 2, "prefixItems": [{"const": 1}]}""", "[1, 2]")]
    [InlineData("""{"const": {"a": "b"}}""", """{"a": "b"}""")]
    [InlineData(
        """{"enum": ["ab", "abc", "b", 12, 1], "type": ["string", "integer"], "minLength": 3, "minimum": 2}""",
        "\"abc\""
    )]
    [InlineData(
        """{"enum": ["ab", "abc", "b", 12, 1], "type": ["string", "integer"], "minLength": 3, "minimum": 2}""",
        "12"
    )]
    [InlineData("""{"minimum": 5}""", "\"text\"")]
    [InlineData("""{"items": [{"type": "null"}], "additionalItems": false}""", "[null]")]
    [InlineData("""{"type": "number", "minimum": 5, "exclusiveMinimum": true}""", "5.1")]
    [InlineData("""{"type": "string", "maxLength": 3000, "minLength": 1}""", "\"é\\n\\u00e9x\"")]
    [InlineData("""{"anyOf": [{"$ref": "#"}, {"type": "null"}]}""", "null")]
    [InlineData(
        """{"type": "object", "properties": {"a/b": {"$ref": "#/properties/c~1d"}, "c/d": {"const": 1}}}""",
        """{"a/b":1}"""
    )]
    public void Valid_texts_are_accepted(string schema, string text)
    {
        foreach (var name in Vocabularies.All.Select(name => name.Data))
        {
            var vocabulary = Vocabularies.Load(name);
            vocabulary.Accepts(vocabulary.Compiler.JsonSchema(schema), text).ShouldBeTrue($"{text} in {name}");
        }
    }

    [Theory]
    [InlineData(Person, """{"age": 7, "tags": ["a"]}""")]
    [InlineData(Person, """{"name": "", "tags": ["a"]}""")]
    [InlineData(Person, """{"name": "abcdefghijklm", "tags": ["a"]}""")]
    [InlineData(Person, """{"name": "a", "tags": []}""")]
    [InlineData(Person, """{"name": "a", "tags": ["a", "a", "a", "a"]}""")]
    [InlineData(Person, """{"name": "a", "tags": ["b"]}""")]
    [InlineData(Person, """{"name": "a", "age": 131, "tags": ["a"]}""")]
    [InlineData(Person, """{"name": "a", "age": -1, "tags": ["a"]}""")]
    [InlineData(Person, """{"name": "a", "tags": ["a"], "other": 1}""")]
    [InlineData(Person, """{"tags": ["a"], "name": "a"}""")]
    [InlineData(Tree, """{"value": "x", "children": []}""")]
    [InlineData(Shapes, """[{"kind": "circle", "side": 1}]""")]
    [InlineData(Shapes, """[{"kind": "square", "side": 2.51}]""")]
    [InlineData(Shapes, """[{"kind": "circle", "radius": 0.0}]""")]
    [InlineData(Shapes, """["AB-"]""")]
    [InlineData(Open, """{"ab": true}""")]
    [InlineData(Open, """{"z": "", "a": "text"}""")]
    [InlineData(Open, """{"z": "", "\u0061": "x"}""")]
    [InlineData(Open, """{"z": "long"}""")]
    [InlineData(Merged, """{"n": 2}""")]
    [InlineData(Counted, """{"b": 1}""")]
    [InlineData(Counted, """{"a": 1, "b": 1, "c": 1, "d": 1}""")]
    [InlineData("""{"type": "object", "minProperties": 1, "maxProperties": 2}""", "{}")]
    [InlineData("""{"type": "object", "minProperties": 1, "maxProperties": 2}""", """{"x": 1, "y": 1, "z": 1}""")]
    [InlineData("""{"type": "array", "maxItems": 0}""", "[1]")]
    [InlineData("""{"type": "array", "minItems": 2, "prefixItems": [{"const": 1}]}""", "[1]")]
    [InlineData(Merged, """{"n": 6}""")]
    [InlineData(Tuple, "[]")]
    [InlineData(Tuple, """[true, "z"]""")]
    [InlineData(Tuple, """[true, "x", 1, 2, 3, 4]""")]
    [InlineData("""{"type": "integer", "minimum": 3, "maximum": 10}""", "2")]
    [InlineData("""{"type": "integer", "minimum": 3, "maximum": 10}""", "11")]
    [InlineData("""{"type": "integer", "minimum": 3, "maximum": 10}""", "1")]
    [InlineData("""{"type": "integer"}""", "1.5")]
    [InlineData("""{"enum": ["ab", "abc", "b", 12, 1], "minLength": 3, "minimum": 2}""", "1")]
    [InlineData("""{"type": "string", "pattern": "^a$"}""", "\"ab\"")]
    [InlineData("""{"anyOf": [{"$ref": "#"}, {"type": "null"}]}""", "1")]
    public void Other_texts_are_refused(string schema, string text)
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        vocabulary.Accepts(vocabulary.Compiler.JsonSchema(schema), text).ShouldBeFalse(text);
    }

    [Theory]
    [InlineData("", "is not valid JSON")]
    [InlineData("{", "is not valid JSON")]
    [InlineData("""{"type": "null", "type": "null"}""", "is not valid JSON")]
    [InlineData("""{"const": "\ud800"}""", "is not valid JSON")]
    [InlineData("[]", "at #: expected a schema: an object, true or false, found []")]
    [InlineData("false", "allows no text")]
    [InlineData("""{"type": "text"}""", "at #/type: expected one of object, array")]
    [InlineData(
        """{"properties": {"a": {"multipleOf": 2}}}""",
        "at #/properties/a: the keyword 'multipleOf' is not supported"
    )]
    [InlineData("""{"patternProperties": {"^a": {}}}""", "'patternProperties' is not supported")]
    [InlineData("""{"type": "object", "minProperties": 2}""", "minProperties above 1 for properties of any name")]
    [InlineData("""{"type": "object", "properties": {"a": {}}, "minProperties": 2}""", "allows no text")]
    [InlineData("""{"type": "object", "required": ["a", "b"], "maxProperties": 1}""", "allows no text")]
    [InlineData("""{"not": {}}""", "'not' is not supported")]
    [InlineData("""{"if": {}}""", "'if' is not supported")]
    [InlineData("""{"uniqueItems": true}""", "'uniqueItems' is not supported")]
    [InlineData("""{"propertes": {}}""", "'propertes' is not supported")]
    [InlineData(
        """{"type": "string", "format": "phone"}""",
        "the format 'phone' is not supported, expected one of date"
    )]
    [InlineData("""{"type": "string", "pattern": "("}""", "at #/pattern: the regex has a group without an end")]
    [InlineData("""{"type": "string", "pattern": "(?=a)"}""", "look-around")]
    [InlineData("""{"type": "string", "maxLength": 100000}""", "at #/maxLength: expected at most 10000, found 100000")]
    [InlineData("""{"type": "string", "minLength": -1}""", "at #/minLength: expected a whole number of 0 or more")]
    [InlineData("""{"type": "array", "minItems": 1e300}""", "at #/minItems: expected at most 10000")]
    [InlineData("""{"minimum": "1"}""", "at #/minimum: expected a number")]
    [InlineData("""{"minimum": 1e999999999}""", "at #/minimum: expected a number of fewer digits")]
    [InlineData("""{"required": [1]}""", "at #/required/0: expected a string")]
    [InlineData("""{"enum": []}""", "at #/enum: expected at least one value")]
    [InlineData("""{"anyOf": []}""", "expected at least one schema")]
    [InlineData("""{"anyOf": {}}""", "at #/anyOf: expected an array of schemas")]
    [InlineData("""{"$ref": "#/$defs/none"}""", "$ref is '#/$defs/none', which is not in this schema")]
    [InlineData("""{"$ref": "https://example.com/schema"}""", "expected a place in this schema")]
    [InlineData("""{"$ref": "#"}""", "$ref leads back to itself")]
    [InlineData("""{"$ref": "#/a", "x-b": 1, "a": 1}""", "'a' is not supported")]
    [InlineData(
        """{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}}}""",
        "leads back to itself"
    )]
    [InlineData("""{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}""", "allows no text")]
    [InlineData("""{"anyOf": [{"$ref": "#"}]}""", "allows no text")]
    [InlineData("""{"type": "integer", "minimum": 3, "maximum": 2}""", "allows no text")]
    [InlineData("""{"allOf": [{"type": "string"}, {"type": "null"}]}""", "allows no text")]
    [InlineData("""{"type": "string", "const": 1}""", "allows no text")]
    [InlineData("""{"const": {"a": 1}, "required": ["a"]}""", "together with 'required' are not supported")]
    public void What_is_not_supported_is_refused_in_a_sentence(string schema, string problem)
    {
        var compiler = Vocabularies.Load(Vocabularies.Quickstart).Compiler;
        Should.Throw<InvalidConstraintException>(() => compiler.JsonSchema(schema)).Message.ShouldContain(problem);
    }

    [Fact]
    public void Huge_schemas_are_refused_in_time()
    {
        var compiler = Vocabularies.Load(Vocabularies.Quickstart).Compiler;
        var chain = string.Join(
            ',',
            Enumerable.Range(0, 5000).Select(i => $"\"a{i}\":{{\"$ref\":\"#/$defs/a{i + 1}\"}}")
        );
        var alternatives = string.Join(
            ',',
            Enumerable.Range(0, 30).Select(i => $"{{\"anyOf\":[{{\"minLength\":{i}}},{{\"maxLength\":{i + 50}}}]}}")
        );
        string[] schemas =
        [
            $"{{\"$ref\":\"#/$defs/a0\",\"$defs\":{{{chain},\"a5000\":true}}}}",
            $"{{\"allOf\":[{alternatives}]}}",
            $"{{\"const\":{new string('[', 70)}{new string(']', 70)}}}",
            """{"type":"array","minItems":9000,"items":{"type":"array","minItems":9000,"items":{"type":"string","maxLength":9000,"pattern":"a.*b"}}}""",
            """{"type":"string","pattern":"(a|b)*a(a|b){40}","maxLength":9000}""",
            $"{{\"allOf\":[{string.Join(',', Enumerable.Range(0, 3000).Select(i => $"{{\"pattern\":\"a{i}\"}}"))}]}}",
        ];
        foreach (var schema in schemas)
        {
            Should.Throw<InvalidConstraintException>(() => compiler.JsonSchema(schema));
        }
    }

    [Fact]
    public void Long_lists_of_values_are_compiled_in_time()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        var values = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"value {i}\""));
        var constraint = vocabulary.Compiler.JsonSchema($"{{\"enum\":[{values}],\"pattern\":\"[0-5]$\"}}");
        vocabulary.Accepts(constraint, "\"value 4995\"").ShouldBeTrue();
        vocabulary.Accepts(constraint, "\"value 4996\"").ShouldBeFalse();
    }

    [Fact]
    public void Schemas_made_at_random_are_compiled_or_refused()
    {
        var vocabulary = Vocabularies.Load(Vocabularies.Quickstart);
        var compiled = 0;
        for (var seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            var schema = RandomSchema(random, 3);
            CompiledConstraint constraint;
            try
            {
                constraint = vocabulary.Compiler.JsonSchema(schema);
            }
            catch (InvalidConstraintException)
            {
                continue;
            }

            compiled++;
            if (RandomWalk.Text(vocabulary, constraint, random, 100) is { } text)
            {
                new SchemaValidator(schema).IsValid(text).ShouldBeTrue($"{text} of {schema}");
            }
        }

        compiled.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Damaged_schemas_are_compiled_or_refused()
    {
        var compiler = Vocabularies.Load(Vocabularies.Quickstart).Compiler;
        const string Damage = "\"{}[]:,0-9eatx\\/#$\ud800";
        string[] good = [Person, Tree, Shapes, Open, Merged, Tuple, Numbers, Strings, Counted];
        for (var seed = 0; seed < 1500; seed++)
        {
            var random = new Random(seed);
            var text = good[random.Next(good.Length)].ToCharArray();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                text[random.Next(text.Length)] = Damage[random.Next(Damage.Length)];
            }

            try
            {
                compiler.JsonSchema(new string(text)).Start().IsComplete.ShouldBeFalse();
            }
            catch (InvalidConstraintException e)
            {
                e.Message.ShouldNotBeEmpty();
            }
        }
    }

    private static string RandomSchema(Random random, int depth)
    {
        string[] keywords =
        [
            "\"type\":\"string\"",
            "\"type\":[\"integer\",\"null\"]",
            "\"type\":\"number\"",
            $"\"minimum\":{random.Next(-30, 30)}",
            $"\"exclusiveMaximum\":{random.Next(-300, 3000) / 100.0}",
            $"\"minLength\":{random.Next(4)}",
            $"\"maxLength\":{random.Next(8)}",
            "\"pattern\":\"^[a-c]+\"",
            "\"format\":\"date\"",
            "\"enum\":[1,\"a\",null,[],2.50]",
            $"\"const\":{random.Next(3)}",
            $"\"minItems\":{random.Next(3)}",
            $"\"maxItems\":{random.Next(4)}",
            $"\"minProperties\":{random.Next(3)}",
            $"\"maxProperties\":{random.Next(4)}",
            "\"$ref\":\"#\"",
            $"\"items\":{Inner()}",
            $"\"prefixItems\":[{Inner()},{Inner()}]",
            $"\"properties\":{{\"a\":{Inner()},\"b\":{Inner()}}}",
            "\"required\":[\"b\",\"c\"]",
            $"\"additionalProperties\":{Inner()}",
            $"\"anyOf\":[{Inner()},{Inner()}]",
            $"\"allOf\":[{Inner()},{Inner()}]",
        ];
        random.Shuffle(keywords);
        var chosen = keywords.Take(random.Next(4)).DistinctBy(keyword => keyword.Split(':')[0], StringComparer.Ordinal);
        return $"{{{string.Join(',', chosen)}}}";

        string Inner() => depth == 0 ? (random.Next(4) == 0 ? "false" : "true") : RandomSchema(random, depth - 1);
    }
}
