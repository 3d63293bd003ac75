using System.Text;
using Luthier.Formats;
using Luthier.Training.Data;

namespace Luthier.Training.Tests.Data;

public sealed class DataFileTests : IDisposable
{
    private readonly TempFolder folder = TestData.TempFolder();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""[{"instruction": "a", "input": "b", "output": "c"}, {"instruction": "d", "output": "e"}]""")]
    [InlineData(
        """
            {"instruction": "a", "input": "b", "output": "c"}

            {"instruction": "d", "input": null, "output": "e"}
            """
    )]
    public void AlpacaIsAnArrayOrLines(string json)
    {
        var rows = Read("rows.json", json).Cast<InstructionRow>().ToList();

        rows.Select(row => (row.Instruction, row.Input, row.Output)).ShouldBe([("a", "b", "c"), ("d", "", "e")]);
    }

    [Fact]
    public void AMarkAtTheBeginningIsSkipped()
    {
        File.WriteAllText(folder["a.json"], """[{"text": "x"}]""", new UTF8Encoding(true));
        File.WriteAllText(folder["b.jsonl"], """{"text": "x"}""", new UTF8Encoding(true));

        Rows("a.json").Cast<TextRow>().Single().Text.ShouldBe("x");
        Rows("b.jsonl").Cast<TextRow>().Single().Text.ShouldBe("x");
    }

    [Fact]
    public void LinesLongerThanTheBufferAreRead()
    {
        var texts = Enumerable.Range(1, 5).Select(i => new string((char)('a' + i), i * 70_000)).ToList();
        var rows = Read("long.jsonl", string.Join('\n', texts.Select(text => $$"""{"text": "{{text}}"}""")));
        rows.Cast<TextRow>().Select(row => row.Text).ShouldBe(texts);
    }

    [Theory]
    [InlineData("messages", "role", "content", "user", "assistant")]
    [InlineData("conversations", "from", "value", "human", "gpt")]
    public void ConversationsHaveRolesAndTexts(string list, string role, string content, string user, string assistant)
    {
        var row = Read(
                "chat.jsonl",
                $$"""{"{{list}}": [{"{{role}}": "system", "{{content}}": "s"}, {"{{role}}": "{{user}}", "{{content}}": "q"}, """
                    + $$"""{"{{role}}": "{{assistant}}", "{{content}}": "a"}]}"""
            )
            .Cast<ConversationRow>()
            .Single();

        row.Messages.ShouldBe([new(ChatRole.System, "s"), new(ChatRole.User, "q"), new(ChatRole.Assistant, "a")]);
    }

    [Fact]
    public void TokenizedRowsLoseTheirPadding()
    {
        var rows = Read(
                "ids.jsonl",
                """
                {"input_ids": [5, 6, 7]}
                {"input_ids": [5, 6, 7, 0], "labels": [-100, 6, 7, -100], "attention_mask": [1, 1, 1, 0]}
                {"input_ids": [0, 0, 6, 7], "labels": [-100, -100, 6, 7], "attention_mask": [0, 0, 1, 1]}
                """
            )
            .Cast<TokenRow>()
            .Select(row => row.Sequence)
            .ToList();

        rows[0].Ids.ShouldBe([5, 6, 7]);
        rows[0].Labels.ShouldBe([5, 6, 7]);
        rows[0].LabelCount.ShouldBe(2);
        rows[1].Ids.ShouldBe([5, 6, 7]);
        rows[1].Labels.ShouldBe([-100, 6, 7]);
        rows[2].Ids.ShouldBe([6, 7]);
        rows[2].LabelCount.ShouldBe(1);
    }

    [Theory]
    [InlineData(
        "[\n{\"instruction\": \"a\",\n \"output\": \"b\"},\n{\"instruction\": \"a\"}]",
        "line 4: field output is missing"
    )]
    [InlineData("{\"instruction\": \"a\", \"output\": 3}", "line 1: field output: expected a string, found 3")]
    [InlineData("{\"text\": \"a\"}\n{\"text\": \"a\"\n", "line 2: is not valid JSON")]
    [InlineData("[{\"text\": \"a\"}", "is not valid JSON at line 1")]
    [InlineData("[{\"text\": \"a\"}] x", "is not valid JSON at line 1")]
    [InlineData("{\"prompt\": \"a\"}", "line 1: expected the fields instruction and output, or messages")]
    [InlineData("[1]", "line 1: expected an object, found 1")]
    [InlineData(
        "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}",
        "field messages: has no message of the assistant"
    )]
    [InlineData(
        "{\"messages\": [{\"role\": \"bot\", \"content\": \"a\"}]}",
        "field messages[0].role: expected system, user"
    )]
    [InlineData("{\"input_ids\": [1, -2]}", "field input_ids[1]: expected an integer of 0 or more, found -2")]
    [InlineData("{\"input_ids\": []}", "field input_ids: is empty")]
    [InlineData("{\"input_ids\": [1, 2], \"labels\": [1]}", "field labels: has 1 items, expected 2 as input_ids has")]
    [InlineData(
        "{\"input_ids\": [1, 2], \"labels\": [1, -3]}",
        "field labels: item 1 is -3, expected a token id or -100"
    )]
    [InlineData("{\"input_ids\": [1, 2], \"attention_mask\": [0, 0]}", "field attention_mask: masks every token")]
    [InlineData(
        "{\"input_ids\": [1, 2, 3], \"attention_mask\": [1, 0, 1]}",
        "field attention_mask: has zeros between ones"
    )]
    public void ABadRowIsNamedByFileLineAndField(string json, string expected)
    {
        var error = Should.Throw<InvalidFileException>(() => Read("rows.jsonl", json));

        error.Message.ShouldStartWith(folder["rows.jsonl"]);
        error.Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData("title,class\nA,x\nB,y\n", "instruction=title,output=class", "A::x;B::y")]
    [InlineData(
        "A,x,1\nB,y,2\n",
        "instruction=\"Say it, now\",input=1+2,output=3",
        "Say it, now:A x:1;Say it, now:B y:2"
    )]
    [InlineData("a+b,c\n1,2\n", "input=a+b,output=c", ":1:2")]
    [InlineData("a,b,c\n1,2,3\n", "input=a+b,output=c", ":1 2:3")]
    [InlineData("output,instruction\nA,x\n", null, "x::A")]
    public void CsvColumnsAreNamesOrPositions(string csv, string? columns, string expected)
    {
        var rows = Read("rows.csv", csv, columns).Cast<InstructionRow>();

        string.Join(';', rows.Select(row => $"{row.Instruction}:{row.Input}:{row.Output}")).ShouldBe(expected);
    }

    [Theory]
    [InlineData(
        "title,class\nA,x\n",
        "instruction=titel,output=class",
        "line 1: no column 'titel' for instruction, expected one of title, class"
    )]
    [InlineData("A,x\n", "instruction=3,output=1", "line 1: no column '3' for instruction, expected 1 to 2")]
    [InlineData("A,x\nB\n", "instruction=1,output=2", "line 2: has 1 fields, expected 2 as on the first line")]
    [InlineData("A,x\n", null, "line 1: the header has no column output or text")]
    public void BadCsvIsNamed(string csv, string? columns, string expected) =>
        Should.Throw<InvalidFileException>(() => Read("rows.csv", csv, columns)).Message.ShouldContain(expected);

    [Theory]
    [InlineData("instruction", "'instruction' is not of the form field=column")]
    [InlineData("titel=1,output=2", "'titel' is no field")]
    [InlineData("output=1,output=2", "'output' is given twice")]
    [InlineData("text=1,output=2", "text goes with no other field")]
    [InlineData("instruction=1", "expected output=")]
    public void BadMappingsAreNamed(string columns, string expected) =>
        CsvColumns.TryParse(columns, out _).ShouldNotBeNull().ShouldStartWith(expected);

    [Fact]
    public void ClassNumbersBecomeNames()
    {
        File.WriteAllText(folder["news.csv"], "2,goal\nWorld,summit\n");
        CsvColumns.TryParse("input=2,output=1", out var columns).ShouldBeNull();

        var named = new DataFile(folder["news.csv"], DataFormat.Auto, columns, ["World", "Sports"]);
        named.Rows().Cast<InstructionRow>().Select(row => row.Output).ShouldBe(["Sports", "World"]);

        var outside = new DataFile(folder["news.csv"], DataFormat.Auto, columns, ["World"]);
        Should.Throw<InvalidFileException>(() => outside.Rows().ToList()).Message.ShouldContain("line 1: the answer 2");
    }

    [Fact]
    public void PlainTextIsOneRow()
    {
        Read("book.txt", "one\n\ntwo\n").Cast<TextRow>().Single().Text.ShouldBe("one\n\ntwo\n");
        File.WriteAllBytes(folder["bad.txt"], [0x61, 0xFF]);
        Should.Throw<InvalidFileException>(() => Rows("bad.txt")).Message.ShouldContain("UTF-8");
        File.WriteAllBytes(folder["bad.csv"], [.. "output,text\na,"u8, 0xFF]);
        Should.Throw<InvalidFileException>(() => Rows("bad.csv")).Message.ShouldContain("UTF-8");
        Should.Throw<InvalidFileException>(() => Read("rows.xml", "<a/>")).Message.ShouldContain("'.XML'");
    }

    [Fact]
    public void AllOfAgNewsIsRead()
    {
        CsvColumns.TryParse("input=2+3,output=1", out var columns).ShouldBeNull();
        var file = new DataFile(
            TestData.Shared("data/ag_news/news_6000.csv"),
            DataFormat.Auto,
            columns,
            ["World", "Sports", "Business", "Sci/Tech"]
        );

        var rows = file.Rows().Cast<InstructionRow>().ToList();

        rows.Count.ShouldBe(6000);
        rows[0].Output.ShouldBe("Business");
        rows[1].Input.ShouldContain("A second\\team of rocketeers");
        rows.ShouldContain(row => row.Input.Contains("\\\\\"Sven Jaschan", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("data/instruct/alpaca_en_demo.json", typeof(InstructionRow))]
    [InlineData("data/instruct/alpaca_zh_demo.json", typeof(InstructionRow))]
    [InlineData("data/text/c4_demo.jsonl", typeof(TextRow))]
    [InlineData("data/text/wiki_demo.txt", typeof(TextRow))]
    public void RealFilesAreRead(string path, Type kind)
    {
        var rows = new DataFile(TestData.Shared(path), DataFormat.Auto, CsvColumns.Default, []).Rows().ToList();

        rows.ShouldNotBeEmpty();
        rows.ShouldAllBe(row => row.GetType() == kind);
    }

    private List<DataRow> Read(string name, string text, string? columns = null)
    {
        File.WriteAllText(folder[name], text);
        return Rows(name, columns);
    }

    private List<DataRow> Rows(string name, string? columns = null)
    {
        var mapping = CsvColumns.Default;
        if (columns is not null)
        {
            CsvColumns.TryParse(columns, out mapping).ShouldBeNull();
        }

        return [.. new DataFile(folder[name], DataFormat.Auto, mapping, []).Rows()];
    }
}
