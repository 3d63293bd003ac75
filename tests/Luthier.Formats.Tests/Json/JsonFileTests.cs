using System.Text;
using Luthier.Formats.Json;

namespace Luthier.Formats.Tests.Json;

public class JsonFileTests
{
    private const string Sample =
        """{"name":"a\u0041é","sizes":[1,2.5,-3],"rope":{"factor":8.0,"kind":null},"on":true,"big":12345678901,"nan":"x"}""";

    [Fact]
    public void Reads_typed_values()
    {
        var root = Parse(Sample);

        root["name"].AsString().ShouldBe("aAé");
        root["sizes"].Items().Select(item => item.AsDouble()).ShouldBe([1, 2.5, -3]);
        root["sizes"].ItemCount.ShouldBe(3);
        root["rope"]["factor"].AsDouble(1, 10).ShouldBe(8);
        root["on"].AsBoolean().ShouldBeTrue();
        root["big"].AsInt64().ShouldBe(12345678901);
        root.Find("rope")!.Value.Find("kind").ShouldBeNull();
        root["rope"].Has("kind").ShouldBeTrue();
        root.Find("absent").ShouldBeNull();
        root.Members().Select(member => member.Key).ShouldBe(["name", "sizes", "rope", "on", "big", "nan"]);
    }

    [Fact]
    public void Complaints_name_file_field_and_what_was_found()
    {
        var root = Parse(Sample);

        Refused(() => root["absent"], "field absent is missing");
        Refused(() => root["rope"]["absent"], "field rope.absent is missing");
        Refused(() => root["rope"]["factor"].AsInt32(), "field rope.factor: expected an integer, found 8.0");
        Refused(
            () => root["sizes"].Items().ElementAt(2).AsInt32(0),
            "field sizes[2]: expected an integer of 0 or more, found -3"
        );
        Refused(() => root["big"].AsInt32(), "field big: expected an integer, found 12345678901");
        Refused(() => root["big"].AsInt32(1, 9), "field big: expected an integer from 1 to 9, found 12345678901");
        Refused(() => root["name"].AsBoolean(), "field name: expected true or false, found \"a");
        Refused(() => root["rope"].AsString(), "field rope: expected a string, found an object");
        Refused(() => root["sizes"]["x"], "field sizes: expected an object, found a list");
        Refused(() => root["on"].Items(), "field on: expected a list, found true");
        Refused(() => root["rope"]["kind"].AsDouble(), "field rope.kind: expected a number, found null");
        Refused(
            () => root["rope"]["factor"].AsDouble(0, 1),
            "field rope.factor: expected a number from 0 to 1, found 8.0"
        );
        Refused(() => Parse("3").Members(), "expected an object, found 3");
    }

    [Theory]
    [InlineData("", "is not valid JSON at line 1, byte 1")]
    [InlineData("{\n\"a\": }", "is not valid JSON at line 2, byte 6")]
    [InlineData("{\"a\":1,\"a\":2}", "is not valid JSON")]
    [InlineData("{\"a\":1} 2", "is not valid JSON at line 1, byte 9")]
    [InlineData("{\"a\":{\"b\":[\"\\ud800\"]}}", "field a.b[0]: is not valid Unicode")]
    [InlineData("{\"a\":{\"\\udfff\":1}}", "is not valid")]
    [InlineData("{\"a\":NaN,}", "is not valid JSON")]
    public void Refuses_what_is_not_json(string text, string expected) => Refused(() => Parse(text), expected);

    [Fact]
    public void Names_a_member_that_is_given_twice() => Refused(() => Parse("{\"abc\":1,\"abc\":2}"), "abc");

    [Fact]
    public void Refuses_deep_nesting() => Refused(() => Parse(new string('[', 100_000)), "is not valid JSON");

    [Fact]
    public void Refuses_invalid_utf8() =>
        BadFiles.ShouldBeRefused(
            "x.json",
            () => JsonFile.Parse("x.json", new byte[] { (byte)'"', 0xC3, (byte)'"' }),
            "is not valid UTF-8"
        );

    [Fact]
    public void Reads_what_python_writes_for_numbers_that_json_lacks()
    {
        var root = Parse("""{"a": NaN, "b": [Infinity, -Infinity], "text": "\"NaN, Infinity\\"}""");

        root["a"].AsDouble().ShouldBe(double.NaN);
        root["b"].Items().Select(item => item.AsDouble()).ShouldBe([double.PositiveInfinity, double.NegativeInfinity]);
        root["text"].AsString().ShouldBe("\"NaN, Infinity\\");
    }

    [Fact]
    public void Skips_a_byte_order_mark() => Parse("\uFEFF{\"a\":1}")["a"].AsInt32().ShouldBe(1);

    [Fact]
    public void Refuses_a_file_that_is_too_large()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["a.json"], "[1, 2, 3]");

        JsonFile.Read(folder["a.json"]).ItemCount.ShouldBe(3);
        BadFiles.ShouldBeRefused(
            folder["a.json"],
            () => JsonFile.Read(folder["a.json"], maxBytes: 8),
            "has 9 bytes, more than the 8"
        );
    }

    [Fact]
    public void Survives_any_damage()
    {
        using var folder = TestData.TempFolder();
        var good = Encoding.UTF8.GetBytes(Sample);

        BadFiles.ShouldSurviveDamage(
            good,
            good.Length,
            folder["bad.json"],
            path => Walk(JsonFile.Read(path)),
            tests: 1000
        );
    }

    private static void Walk(JsonField field)
    {
        switch (field.Kind)
        {
            case System.Text.Json.JsonValueKind.Object:
                foreach (var (_, member) in field.Members())
                {
                    Walk(member);
                }

                break;
            case System.Text.Json.JsonValueKind.Array:
                foreach (var item in field.Items())
                {
                    Walk(item);
                }

                break;
            case System.Text.Json.JsonValueKind.String:
                field.AsString();
                break;
            case System.Text.Json.JsonValueKind.Number:
                field.AsDouble();
                field.AsInt64();
                break;
        }
    }

    private static JsonField Parse(string text) => JsonFile.Parse("x.json", Encoding.UTF8.GetBytes(text));

    private static void Refused(Func<object> read, string expected) =>
        BadFiles.ShouldBeRefused("x.json", () => read(), expected);
}
