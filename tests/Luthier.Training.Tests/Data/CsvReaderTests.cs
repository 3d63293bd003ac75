using FsCheck;
using FsCheck.Fluent;
using Luthier.Formats;
using Luthier.Training.Data;

namespace Luthier.Training.Tests.Data;

public sealed class CsvReaderTests
{
    [Theory]
    [InlineData("a,b\nc,d\n", "a|b;c|d")]
    [InlineData("a,b\r\nc,d", "a|b;c|d")]
    [InlineData("\"a,b\",\"c\"\"d\"\n", "a,b|c\"d")]
    [InlineData("\"a\nb\",c\n\n\nd,e\n", "a\nb|c;d|e")]
    [InlineData("a,,\n,\n", "a||;|")]
    [InlineData("\"\"\n\n", "")]
    [InlineData("5\" disk,x\n", "5\" disk|x")]
    [InlineData("\"\\\\\"\"quoted\"\"\\\",\"ends \\\\\"\n", "\\\\\"quoted\"\\|ends \\\\")]
    [InlineData("\"second\\team\",\"x\\\"\n", "second\\team|x\\")]
    public void RecordsAreReadByTheRules(string text, string expected) => Show(Read(text)).ShouldBe(expected);

    [Fact]
    public void ARecordKnowsTheLineItBeginsOn() =>
        Read("a\n\"b\nc\"\n\nd\n").Select(record => record.Line).ShouldBe([1, 2, 5]);

    [Theory]
    [InlineData("a\n\"never\nclosed", "data.csv: line 2: the quote that opens a field is never closed")]
    [InlineData("a\n\"b\" c\n", "data.csv: line 2: found ' ' after the quote")]
    [InlineData("\"a\\\"b\"\n", "data.csv: line 1: found 'b' after the quote")]
    public void MisplacedQuotesAreNamed(string text, string expected) =>
        Should.Throw<InvalidFileException>(() => Read(text)).Message.ShouldStartWith(expected);

    [Fact]
    public void WhateverIsQuotedIsReadBack() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<string[][]>(),
                rows =>
                {
                    string[][] wanted =
                    [
                        .. rows.Where(row => row is { Length: > 0 })
                            .Select(row => row.Select(value => value ?? "").ToArray()),
                    ];
                    var text = string.Concat(wanted.Select(row => string.Join(',', row.Select(Quoted)) + "\n"));
                    var read = Read(text).Select(record => record.Fields);
                    return read.Zip(wanted).All(pair => pair.First.SequenceEqual(pair.Second))
                        && read.Count() == wanted.Length;
                }
            )
            .QuickCheckThrowOnFailure();

    private static string Quoted(string value) => $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static List<CsvRecord> Read(string text) =>
        [.. new CsvReader("data.csv", new StringReader(text), ',').Records()];

    private static string Show(IEnumerable<CsvRecord> records) =>
        string.Join(';', records.Select(record => string.Join('|', record.Fields)));
}
