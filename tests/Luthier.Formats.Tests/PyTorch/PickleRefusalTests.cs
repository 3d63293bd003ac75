using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Luthier.Formats.PyTorch;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.PyTorch;

public class PickleRefusalTests
{
    private const string Dictionary = "ccollections\nOrderedDict\n";

    [Theory]
    [InlineData("cposix\nsystem\nX\u0004\0\0\0echo\u0085R.", "it asks for posix.system")]
    [InlineData("cos\nsystem\n.", "it asks for os.system")]
    [InlineData("cbuiltins\neval\n.", "it asks for builtins.eval")]
    [InlineData("c__builtin__\ngetattr\n.", "it asks for __builtin__.getattr")]
    [InlineData("ctorch\nload\n.", "it asks for torch.load")]
    [InlineData("ctorch\nComplexFloatStorage\n.", "it asks for torch.ComplexFloatStorage")]
    [InlineData(
        "ctorch._utils\n_rebuild_tensor_v2.__globals__\n.",
        "it asks for torch._utils._rebuild_tensor_v2.__globals__"
    )]
    [InlineData("ccollections\nOrderedDict\u0001\n.", "a name with characters that names do not have")]
    [InlineData("ccollections", "a name without end")]
    [InlineData("i", "instruction 0x69 is not one")]
    [InlineData("(iposix\nsystem\n.", "instruction 0x69 is not one")]
    [InlineData("o.", "instruction 0x6f is not one")]
    [InlineData("P0\n.", "instruction 0x50 is not one")]
    [InlineData("\u0082\u0001.", "instruction 0x82 is not one")]
    [InlineData("\u0093.", "instruction 0x93 is not one")]
    [InlineData("\u0080\u0004.", "protocol 4 instead of 2")]
    [InlineData(".", "0 values are left at the end")]
    [InlineData("(.", "1 values are left at the end")]
    [InlineData("}}.", "2 values are left at the end")]
    [InlineData("}", "the pickle ends 1 bytes too early")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ffabc", "bytes too early")]
    [InlineData("X\u0002\0\0\0\u00c3\u0028.", "a string that is not UTF-8")]
    [InlineData("\u008a\u00ff", "bytes too early")]
    [InlineData("\u008a\u0009\u0001\u0001\u0001\u0001\u0001\u0001\u0001\u0001\u0001.", "an integer of 9 bytes")]
    [InlineData("h\u0005.", "value 5 is used before it was kept")]
    [InlineData("j\u00ff\u00ff\u00ff\u00ff.", "value 4294967295 is used before it was kept")]
    [InlineData("q\0.", "a value is missing")]
    [InlineData("(q\0.", "a value is missing")]
    [InlineData("\u0086.", "a value is missing")]
    [InlineData("t.", "a group that was not begun")]
    [InlineData("u.", "a group that was not begun")]
    [InlineData("K\u0001a.", "an item without a list")]
    [InlineData("}K\u0001a.", "an item without a list")]
    [InlineData("]K\u0001K\u0001s.", "an item without a dictionary")]
    [InlineData("}(K\u0001u.", "an item without a dictionary")]
    [InlineData("}(K\u0001(u.", "an item without a dictionary")]
    [InlineData("}])s.", "a key that is neither string nor number")]
    [InlineData("}K\u0001Ns}K\u0001NsK\u0001Ns.", "key '1' is given twice")]
    [InlineData("]}b.", "attributes for something that is not a dictionary")]
    [InlineData("NNR.", "a call of something that is not a function")]
    [InlineData(Dictionary + "K\u0001\u0085R.", "a call of collections.OrderedDict that PyTorch does not make")]
    [InlineData(Dictionary + "]K\u0001a\u0085R.", "pairs with different keys")]
    [InlineData("ctorch._utils\n_rebuild_parameter\n)R.", "a call of torch._utils._rebuild_parameter")]
    [InlineData("ctorch\nFloatStorage\n)R.", "a call of torch.FloatStorage")]
    [InlineData("ctorch\nSize\n)R.", "a call of torch.Size")]
    [InlineData("NQ.", "a persistent id that is not")]
    [InlineData("].", "something else than a dictionary")]
    [InlineData("N.", "something else than a dictionary")]
    public void Refuses_what_files_of_tensors_do_not_hold(string pickle, string expected) =>
        ShouldBeRefused(pickle, expected);

    [Theory]
    [InlineData("K\0K\u0004\u0085K\u0001\u0085", null)] // As it should be.
    [InlineData("K\0K\u0002K\u0002\u0086K\u0001K\u0002\u0086", null)] // Transposed.
    [InlineData("K\u0001K\u0004\u0085K\u0001\u0085", "is not within its storage of 4 elements")]
    [InlineData("K\0K\u0005\u0085K\u0001\u0085", "is not within its storage of 4 elements")]
    [InlineData("K\0K\u0002\u0085K\u0004\u0085", "is not within its storage of 4 elements")]
    [InlineData("J\u00ff\u00ff\u00ff\u00ffK\u0001\u0085K\u0001\u0085", "offset -1")]
    [InlineData("K\0J\u00ff\u00ff\u00ff\u00ff\u0085K\u0001\u0085", "shape [-1]")]
    [InlineData("K\0K\u0002\u0085J\u00ff\u00ff\u00ff\u00ff\u0085", "strides [-1]")]
    [InlineData("K\0K\u0002\u0085)", "shape [2], strides []")]
    [InlineData("K\0G\0\0\0\0\0\0\0\0\u0085K\u0001\u0085", "a shape that is not integers")]
    [InlineData(
        "K\0\u008a\u0008\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f\u0085K\0\u0085",
        "a tensor with shape [9223372036854775807]"
    )]
    [InlineData(
        "K\0K\u0002\u0085\u008a\u0008\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f\u0085",
        "is not within its storage"
    )]
    [InlineData(
        "\u008a\u0008\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007fK\u0001\u0085K\u0001\u0085",
        "is not within its storage"
    )]
    // A single element repeated 2^93 times, and 2^28 times.
    [InlineData(
        "K\0J\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007f\u0087K\0K\0K\0\u0087",
        "is not within its storage"
    )]
    [InlineData("K\0J\0\0\0\u0010\u0085K\0\u0085", "is not within its storage")]
    public void Checks_the_view_of_a_tensor(string view, string? expected)
    {
        var pickle = TorchArchive.TensorTemplate.Replace("%", view, StringComparison.Ordinal);
        if (expected is not null)
        {
            ShouldBeRefused(pickle, expected);
            return;
        }

        using var folder = TestData.TempFolder();
        TorchArchive.Write(folder["a.bin"], pickle);
        using var file = TorchFile.Open(folder["a.bin"]);
        file.Get("w").Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("X\u0001\0\0\01X\u0003\0\0\0cpuK\u0004", "storage '1' is not in the archive")]
    [InlineData("X\u000b\0\0\0../data.pklX\u0003\0\0\0cpuK\u0004", "storage '../data.pkl' is not in the archive")]
    [InlineData("X\u0001\0\0\00X\u0003\0\0\0cpuK\u0005", "storage '0' of 5 elements of FloatStorage has 16 bytes")]
    [InlineData("X\u0001\0\0\00X\u0003\0\0\0cpuK\u0003", "storage '0' of 3 elements of FloatStorage has 16 bytes")]
    [InlineData("X\u0001\0\0\00X\u0003\0\0\0cpuJ\u00ff\u00ff\u00ff\u00ff", "storage '0' of -1 elements")]
    [InlineData(
        "X\u0001\0\0\00X\u0003\0\0\0cpu\u008a\u0008\u0004\0\0\0\0\0\0\u0040",
        "storage '0' of 4611686018427387908 elements"
    )]
    [InlineData("X\u0001\0\0\00K\u0001K\u0004", "a persistent id that is not")]
    public void Checks_storages(string reference, string expected) =>
        ShouldBeRefused($"}}(X\u0007\0\0\0storagectorch\nFloatStorage\n{reference}tQ.", expected);

    [Fact]
    public void A_tuple_doubled_a_thousand_times_costs_nothing()
    {
        using var folder = TestData.TempFolder();
        // t = (); a thousand times t = (t, t); then { "t": t }.
        var doubling = string.Concat(Enumerable.Repeat("q\0h\0\u0086", 1000));
        TorchArchive.Write(folder["bomb.bin"], $"}}X\u0001\0\0\0t){doubling}s.");

        BadFiles.ShouldBeRefused(
            folder["bomb.bin"],
            () => TorchFile.Open(folder["bomb.bin"]),
            "contains itself, or too much"
        );
    }

    [Fact]
    public void Shallow_doubling_of_dictionaries_is_bounded_too()
    {
        using var folder = TestData.TempFolder();
        // Sixty levels of {1: d, 2: d} would name 2^60 values.
        var pickle = new StringBuilder("}");
        for (var level = 0; level < 60; level++)
        {
            pickle.Append("q\0}(K\u0001h\0K\u0002h\0u");
        }

        TorchArchive.Write(folder["bomb.bin"], $"{pickle}.");

        Should.Throw<InvalidFileException>(() => TorchFile.Open(folder["bomb.bin"])).Message.ShouldNotContain('\n');
    }

    [Theory]
    [InlineData("}X\u0001\0\0\0l]q\0h\0as.")]
    [InlineData("}q\0X\u0001\0\0\0dh\0s.")]
    public void A_value_that_contains_itself_is_refused(string pickle) => ShouldBeRefused(pickle, "contains itself");

    [Fact]
    public void Long_names_of_many_values_are_bounded()
    {
        using var folder = TestData.TempFolder();
        // { 100,000 characters: [None] * 100,000 } would have names of 20 GB in all.
        var name = new string('n', 100_000);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, name.Length);
        var pickle = $"}}X{Encoding.Latin1.GetString(length)}{name}]({new string('N', 100_000)}es.";
        TorchArchive.Write(folder["bomb.bin"], pickle);

        BadFiles.ShouldSucceedOrBeRefused(pickle.Length, folder["bomb.bin"], TorchArchive.ReadAll);
        Should
            .Throw<InvalidFileException>(() => TorchFile.Open(folder["bomb.bin"]))
            .Message.Length.ShouldBeLessThan(2000);
    }

    [Fact]
    public void Deep_nesting_does_not_overflow_the_stack()
    {
        using var folder = TestData.TempFolder();
        TorchArchive.Write(folder["deep.bin"], $"}}X\u0001\0\0\0t){new string('\u0085', 1_000_000)}s.");

        BadFiles.ShouldBeRefused(
            folder["deep.bin"],
            () => TorchFile.Open(folder["deep.bin"]),
            "contains itself, or too much"
        );
    }

    [Fact]
    public void A_name_made_of_line_feeds_stays_one_sentence()
    {
        using var folder = TestData.TempFolder();
        TorchArchive.Write(folder["a.bin"], "}(X\u0001\0\0\0\nNX\u0001\0\0\0\nNu.");

        BadFiles.ShouldBeRefused(
            folder["a.bin"],
            () => TorchFile.Open(folder["a.bin"]),
            "key '\\u000a' is given twice"
        );
    }

    [Fact]
    public void Survives_any_sequence_of_instructions()
    {
        using var folder = TestData.TempFolder();
        var path = folder["random.bin"];
        string[] pieces =
        [
            "(",
            ")",
            "t",
            "\u0085",
            "\u0086",
            "\u0087",
            "}",
            "]",
            "\u008f",
            "N",
            "\u0088",
            "\u0089",
            "a",
            "e",
            "s",
            "u",
            "b",
            "R",
            "\u0081",
            "Q",
            "q\0",
            "q\u0001",
            "h\0",
            "h\u0001",
            "r\0\u0001\0\0",
            "K\0",
            "K\u0004",
            "J\u00ff\u00ff\u00ff\u00ff",
            "\u008a\u0002\0\u0001",
            "G\u003f\u00f0\0\0\0\0\0\0",
            "X\u0001\0\0\0w",
            "X\u0007\0\0\0storage",
            "X\u0001\0\0\00",
            "X\u0003\0\0\0cpu",
            Dictionary,
            "ctorch\nFloatStorage\n",
            "ctorch\nSize\n",
            "ctorch._utils\n_rebuild_tensor_v2\n",
            "ctorch._utils\n_rebuild_parameter\n",
            ".",
        ];
        Prop.ForAll(
                Gen.Elements(pieces).ArrayOf().ToArbitrary(),
                sequence =>
                {
                    var pickle = $"{string.Concat(sequence)}.";
                    TorchArchive.Write(path, pickle);
                    BadFiles.ShouldSucceedOrBeRefused(pickle.Length, path, TorchArchive.ReadAll);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true));
    }

    [Fact]
    public void Survives_any_damage()
    {
        using var folder = TestData.TempFolder();
        TorchWriter.Write(
            folder["good.bin"],
            [("weight", Tensor.FromValues([1, 2, 3, 4, 5, 6], 2, 3)), ("ids", Tensor.Create(DType.Int64, 3, 3))]
        );
        var good = File.ReadAllBytes(folder["good.bin"]);

        // The head holds the pickle.
        BadFiles.ShouldSurviveDamage(good, 400, folder["bad.bin"], TorchArchive.ReadAll, tests: 1000);
    }

    private static void ShouldBeRefused(string pickle, string expected)
    {
        using var folder = TestData.TempFolder();
        var path = folder["bad.bin"];
        TorchArchive.Write(path, pickle);

        BadFiles.ShouldBeRefused(path, () => TorchFile.Open(path), expected);
    }
}
