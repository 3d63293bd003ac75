using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Luthier.Text.Tests.SentencePiece;

/// <summary>Debian's python3-sentencepiece, the implementation that ours must agree with.</summary>
internal static class PythonSentencePiece
{
    private const string Interpreter = "/usr/bin/python3";

    private const string EncodeScript = """
        import json, sys, sentencepiece
        model = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
        for line in sys.stdin:
            ids = model.encode(json.loads(line))
            print(json.dumps([ids, model.decode(ids)]))
        """;

    private const string TrainScript = """
        import json, sys, sentencepiece
        sentencepiece.SentencePieceTrainer.train(minloglevel=2, **json.loads(sys.argv[1]))
        """;

    private static readonly Lazy<bool> Installed = new(() =>
        File.Exists(Interpreter) && TryRun(["-c", "import sentencepiece"], "", out _)
    );

    public static void SkipUnlessInstalled() =>
        Assert.SkipUnless(Installed.Value, $"{Interpreter} has no sentencepiece: install python3-sentencepiece");

    /// <summary>The ids of each text, and what they decode to.</summary>
    public static IEnumerable<(int[] Ids, string Decoded)> Encode(string model, IEnumerable<string> texts)
    {
        var input = string.Concat(texts.Select(text => JsonSerializer.Serialize(text) + "\n"));
        TryRun(["-c", EncodeScript, model], input, out var output).ShouldBeTrue(output);
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var document = JsonDocument.Parse(line);
            yield return (document.RootElement[0].Deserialize<int[]>()!, document.RootElement[1].GetString()!);
        }
    }

    /// <summary>Trains a model with the trainer's own options.</summary>
    public static void Train(IReadOnlyDictionary<string, object> options) =>
        TryRun(["-c", TrainScript, JsonSerializer.Serialize(options)], "", out var output).ShouldBeTrue(output);

    private static bool TryRun(string[] arguments, string input, out string output)
    {
        var start = new ProcessStartInfo(Interpreter, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var written = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        output = process.ExitCode == 0 ? written.Result : errors.Result;
        return process.ExitCode == 0;
    }
}
