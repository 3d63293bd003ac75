using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Luthier.Formats.Json;

namespace Luthier.Formats.Tests.Json;

public class PythonJsonTests
{
    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1.0, "1.0")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(0.02, "0.02")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00012, "0.00012")]
    [InlineData(1e-05, "1e-05")]
    [InlineData(1.5e-07, "1.5e-07")]
    [InlineData(10000.0, "10000.0")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(123456789012345680.0, "1.2345678901234568e+17")]
    [InlineData(9999999999999998.0, "9999999999999998.0")]
    [InlineData(1e16, "1e+16")]
    [InlineData(1e22, "1e+22")]
    [InlineData(1e23, "1e+23")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(3.14159, "3.14159")]
    [InlineData(100.25, "100.25")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void Writes_floats_as_repr_does(double value, string expected) => PythonJson.Float(value).ShouldBe(expected);

    [Fact]
    public void Every_float_reads_back_as_itself() =>
        Prop.ForAll<double>(
                ArbMap.Default.ArbFor<double>(),
                value =>
                    double.Parse(PythonJson.Float(value), System.Globalization.CultureInfo.InvariantCulture)
                        .Equals(value) || !double.IsFinite(value)
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true));

    [Fact]
    public void Floats_are_those_of_python_itself()
    {
        var pairs = Python.Run(
            """
            import random, struct
            random.seed(3)
            values = [struct.unpack("<d", random.randbytes(8))[0] for _ in range(3000)]
            values += [random.randrange(10**6) * 10.0 ** random.randrange(-12, 12) for _ in range(3000)]
            print(json.dumps([[struct.pack("<d", value).hex(), json.dumps(value)] for value in values]))
            """
        );

        pairs.ItemCount.ShouldBe(6000);
        foreach (var pair in pairs.Items().Select(item => item.Items().Select(text => text.AsString()).ToArray()))
        {
            PythonJson.Float(BitConverter.ToDouble(Convert.FromHexString(pair[0]))).ShouldBe(pair[1]);
        }
    }

    [Fact]
    public void Writes_as_json_dumps_does()
    {
        var node = new JsonObject
        {
            ["b"] = new JsonArray(1, 1.0, 2.5f, "é\"\\\n\u007f😀", null, true),
            ["a"] = new JsonObject(),
            ["B"] = new JsonArray(),
            ["big"] = JsonNode.Parse("123456789012345678901234567890"),
            ["minus"] = JsonNode.Parse("-0"),
            ["exponent"] = JsonNode.Parse("1E5"),
            ["long"] = long.MaxValue,
            ["nan"] = double.NaN,
            ["nested"] = new JsonObject { ["x"] = new JsonArray(new JsonArray(1), new JsonObject { ["y"] = 1e-5 }) },
        };

        PythonJson
            .Serialize(node)
            .ShouldBe(
                """
                {
                  "B": [],
                  "a": {},
                  "b": [
                    1,
                    1.0,
                    2.5,
                    "\u00e9\"\\\n\u007f\ud83d\ude00",
                    null,
                    true
                  ],
                  "big": 123456789012345678901234567890,
                  "exponent": 100000.0,
                  "long": 9223372036854775807,
                  "minus": 0,
                  "nan": NaN,
                  "nested": {
                    "x": [
                      [
                        1
                      ],
                      {
                        "y": 1e-05
                      }
                    ]
                  }
                }
                """
            );
    }

    [Fact]
    public void Keeps_order_and_characters_when_asked()
    {
        var node = new JsonObject { ["b"] = "é\u007f", ["a"] = "\u0001" };

        PythonJson
            .Serialize(node, sortKeys: false, ascii: false)
            .ShouldBe("{\n  \"b\": \"é\u007f\",\n  \"a\": \"\\u0001\"\n}");
    }

    public static TheoryData<string> OfficialFiles() =>
        TestData.SharedFiles(
            "fixtures",
            "config.json",
            "generation_config.json",
            "adapter_config.json",
            "model.safetensors.index.json"
        );

    [Theory]
    [MemberData(nameof(OfficialFiles))]
    public void Rewrites_official_files_byte_for_byte(string relativePath)
    {
        var path = TestData.Shared(relativePath);
        using var folder = TestData.TempFolder();
        var members = JsonFile.Read(path).AsNode()!.AsObject();
        var shuffled = new JsonObject(
            members.Reverse().Select(item => KeyValuePair.Create(item.Key, item.Value?.DeepClone()))
        );

        PythonJson.Write(folder["copy.json"], shuffled, finalNewline: !IsPeft(path));

        File.ReadAllText(folder["copy.json"]).ShouldBe(File.ReadAllText(path));
    }

    [Fact]
    public void Has_the_lengths_of_official_files()
    {
        var reference = JsonFile.Read(TestData.Shared("fixtures/save-layout/reference.json"));
        var compared = 0;
        foreach (var file in Descend(reference).Where(IsFileWithJson))
        {
            using var folder = TestData.TempFolder();
            PythonJson.Write(folder["a.json"], file["json"].AsNode(), finalNewline: !IsPeft(file.Path));
            new FileInfo(folder["a.json"]).Length.ShouldBe(file["bytes"].AsInt64(), file.Path);
            compared++;
        }

        compared.ShouldBeGreaterThan(9);
    }

    private static bool IsPeft(string path) => path.Contains("adapter_config.json", StringComparison.Ordinal);

    // The reference's own file had another path in _name_or_path than its JSON shows.
    private static bool IsFileWithJson(JsonField field) =>
        field.Kind == JsonValueKind.Object
        && field.Has("bytes")
        && field.Has("json")
        && !field["json"].Has("_name_or_path");

    private static IEnumerable<JsonField> Descend(JsonField field) =>
        field.Kind == JsonValueKind.Object
            ? field.Members().SelectMany(member => Descend(member.Value)).Prepend(field)
            : [];
}
