using System.Text;
using Luthier.Generation.Constraints;

namespace Luthier.Generation.Tests.Constraints;

/// <summary>Texts that a model without any sense would give under a constraint.</summary>
internal static class RandomWalk
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// A text of tokens drawn at random from those that the masks allow. The smaller the bias, the sooner it ends, for
    /// tokens of few bytes and the end are preferred.
    /// </summary>
    /// <param name="most">At most so many tokens; where the text is not complete by then, the result is null.</param>
    public static string? Text(Vocabularies vocabulary, CompiledConstraint constraint, Random random, int most)
    {
        var state = constraint.Start();
        var logits = new float[vocabulary.Tokenizer.VocabularySize];
        var tokens = new List<int>();
        var length = random.Next(1, 20);
        for (var left = most; left > 0; left--)
        {
            logits.AsSpan().Clear();
            state.Mask(logits, left);
            var token = Draw(logits, vocabulary, random, length);
            state.Accept(token);
            if (token == vocabulary.End)
            {
                return Strict.GetString(vocabulary.BytesOf(tokens));
            }

            tokens.Add(token);
        }

        return state.IsComplete ? Strict.GetString(vocabulary.BytesOf(tokens)) : null;
    }

    private static int Draw(float[] logits, Vocabularies vocabulary, Random random, int length)
    {
        var allowed = new List<int>();
        for (var token = 0; token < logits.Length; token++)
        {
            if (logits[token] == 0)
            {
                allowed.Add(token);
            }
            else if (!float.IsNegativeInfinity(logits[token]))
            {
                logits[token].ShouldBe(float.NegativeInfinity);
            }
        }

        allowed.ShouldNotBeEmpty();

        // Some choices are among what ends things: the end, and what has no letters.
        var ending = allowed.FindAll(vocabulary.EndsThings);
        var choices = ending.Count > 0 && random.Next(length) < 3 ? ending : allowed;
        return choices[random.Next(choices.Count)];
    }
}
