using System.Diagnostics;
using System.Globalization;
using Luthier.Generation.Constraints;
using Luthier.Text;

namespace Luthier.Benchmarks;

/// <summary>
/// Compiles constraints for a tokenizer and goes along a text that each allows, token by token: a first time, when masks
/// are computed, and again, when they are found. Prints the least time to compile of several equal ones; of their first
/// masks, each the least, the largest and the sum; and the median after that.
/// </summary>
internal static class ConstraintPasses
{
    private const int Colds = 10;
    private const int Warms = 100;

    private const string Text =
        """{"name": "Ann Größe", "age": 42, "tags": ["first", "second one"], "address": {"street": "Main Street 5", "city": "Ouagadougou"}, "note": "She said \"hello\" to all of us, and then left."}""";

    // Without its opening brace.
    private const string Schema = """
        "type": "object", "properties": {
           "name": {"type": "string"}, "age": {"type": "integer", "minimum": 0, "maximum": 130},
           "tags": {"type": "array", "items": {"type": "string"}},
           "address": {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}},
           "note": {"type": "string", "maxLength": 200}},
         "required": ["name", "age"], "additionalProperties": false}
        """;

    public static int Run(string path)
    {
        var tokenizer = Tokenizer.Load(path);
        var tokens = tokenizer.Encode(Text, addSpecialTokens: false);
        if (tokenizer.BytesOf(tokens[0])![0] == ' ')
        {
            tokens = [tokenizer.IdOf("{")!.Value, tokenizer.IdOf("\"")!.Value, .. tokens[1..]];
        }

        Console.WriteLine($"{tokenizer.VocabularySize:N0} tokens in the vocabulary, {tokens.Length} in the text");
        var compiler = new ConstraintCompiler(tokenizer);
        Report("JSON schema", i => compiler.JsonSchema($"{{\"title\":\"{i}\",{Schema}"), tokens);
        Report("any JSON", i => compiler.JsonSchema($"{{\"title\":\"{i}\"}}"), tokens);
        Report("regex .*", i => compiler.Regex($"(?:.*|\n{{{i}}})"), tokens);
        var words = tokenizer.Encode("cat sat on the mat", addSpecialTokens: false);
        Report("regex [a-z ]{1,40}", i => compiler.Regex($"[a-z ]{{1,40}}|x{{{i}}}"), words);
        return 0;
    }

    private static void Report(string name, Func<int, CompiledConstraint> compile, int[] tokens)
    {
        var compiling = new double[Colds];
        var cold = new double[Colds][];
        for (var i = 0; i < Colds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var compiled = compile(i);
            compiling[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            cold[i] = Masks(compiled, tokens);
        }

        var constraint = compile(0);
        var warm = Enumerable.Range(0, Warms).SelectMany(_ => Masks(constraint, tokens)).Order().ToArray();
        double[] best = [.. tokens.Select((_, i) => cold.Min(pass => pass[i]))];
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name, -20} compiled in {compiling.Min(), 6:F1} ms; masks first {best.Max() / 1000, 5:F2} ms at most, "
                    + $"{best.Sum() / 1000, 6:F1} ms together; then {warm[warm.Length / 2], 5:F1} µs"
            )
        );
    }

    /// <summary>Microseconds of each mask and of taking the token after it.</summary>
    private static double[] Masks(CompiledConstraint constraint, int[] tokens)
    {
        var state = constraint.Start();
        var logits = new float[constraint.Trie.VocabularySize];
        var times = new double[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            logits.AsSpan().Clear();
            var start = Stopwatch.GetTimestamp();
            state.Mask(logits);
            state.Accept(tokens[i]);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return times;
    }
}
