using System.CommandLine;
using System.Globalization;
using Luthier.Cli.CommandLine;
using Luthier.Text;

namespace Luthier.Cli.Tokenize;

/// <summary>Text into token ids, or ids into text.</summary>
internal sealed class TokenizeVerb : Verb
{
    private readonly Option<string?> tokenizer = OptionOf.ExistingPath(
        "--tokenizer",
        "tokenizer.json, tokenizer.model, a folder with one of them, or a GGUF file"
    );

    private readonly Option<string?> file = OptionOf.ExistingFile(
        "--file",
        "File to read (default: the arguments, else standard input)"
    );

    private readonly Option<bool> noSpecial = OptionOf.Switch(
        "--no-special",
        "Add no special tokens around the text; with --decode, leave them all out"
    );

    private readonly Option<bool> decode = OptionOf.Switch("--decode", "Read ids and print their text, byte for byte");
    private readonly Option<bool> json = OptionOf.Switch("--json", "Print one JSON object");

    private readonly Argument<string[]> input = new("input")
    {
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "TEXT|IDS ...",
        Description = "What to convert; several words are joined by single spaces",
    };

    public TokenizeVerb()
        : base("tokenize", "Turn text into token ids, or ids back into text.")
    {
        tokenizer.Aliases.Add("--model");
        AddGroup("Options", tokenizer, file, noSpecial, decode, json);
        Require(tokenizer);
        Arguments.Add(input);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new("Ids of a text", "luthier tokenize --tokenizer models/llama \"The quick brown fox\""),
            new("By the tokenizer in a GGUF file", "luthier tokenize --model llama.gguf \"The quick brown fox\""),
            new("And back", "luthier tokenize --tokenizer models/llama --decode 450 4996 17354 1701 29916"),
            new(
                "A file there and back without a changed byte",
                "luthier tokenize --tokenizer models/llama --file in.txt | luthier tokenize --tokenizer models/llama --decode"
            ),
        ];

    public override IEnumerable<string> Check(Invocation invocation)
    {
        if (invocation.IsGiven(file) && invocation.Get(input) is { Length: > 0 })
        {
            yield return "--file and text on the command line exclude each other";
        }
    }

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        var loaded = Tokenizer.Load(invocation.Require(tokenizer));
        var source = InputText.Read(invocation.Get(file), invocation.Get(input) ?? []);
        if (invocation.Get(decode))
        {
            WriteText(invocation, loaded, source);
        }
        else
        {
            WriteIds(invocation, loaded, source);
        }

        return ExitCode.Success;
    }

    private void WriteIds(Invocation invocation, Tokenizer loaded, InputText source)
    {
        var ids = loaded.Encode(source.Text, addSpecialTokens: !invocation.Get(noSpecial));
        if (invocation.Get(json))
        {
            JsonOutput.Write(
                invocation.Out,
                writer =>
                {
                    JsonOutput.WriteArray(writer, "ids", ids, (w, id) => w.WriteNumberValue(id));
                    JsonOutput.WriteArray(writer, "tokens", ids, (w, id) => w.WriteStringValue(loaded.TokenOf(id)));
                }
            );
            return;
        }

        for (var i = 0; i < ids.Length; i++)
        {
            invocation.Out.Write(i == 0 ? "" : " ");
            invocation.Out.Write(ids[i].ToString(CultureInfo.InvariantCulture));
        }

        invocation.Out.WriteLine();
    }

    private void WriteText(Invocation invocation, Tokenizer loaded, InputText source)
    {
        var skip = invocation.Get(noSpecial);
        ReadOnlySpan<int> ids = TokenIds.Parse(source, loaded.VocabularySize);
        var text = loaded.Decode(skip ? ids : SpecialFrame.Of(loaded).Remove(ids), skip);
        if (invocation.Get(json))
        {
            JsonOutput.Write(invocation.Out, writer => writer.WriteString("text", text));
            return;
        }

        invocation.Out.Write(text);
        if (!Console.IsOutputRedirected)
        {
            invocation.Out.WriteLine();
        }
    }
}
