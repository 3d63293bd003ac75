using Luthier.Text.Unicode;

namespace Luthier.Text.Splitting.Expressions;

/// <summary>
/// Expressions of the form <c>[class]+</c>, with bounds <c>{1,n}</c> or none instead of the plus, and an optional
/// character of a class before it: what DeepSeek's tokenizers and others cut out first.
/// </summary>
internal sealed class RunPattern : ScanPattern
{
    private readonly Membership? before;
    private readonly Membership repeated;
    private readonly int maximumLength;

    private RunPattern(CodePointSet? prefix, CodePointSet run, int maximum)
    {
        before = prefix is null ? null : new Membership(prefix);
        repeated = new Membership(run);
        maximumLength = maximum;
    }

    /// <summary>The scanner for an expression, or null where it has another form.</summary>
    /// <exception cref="ExpressionException">The expression is not valid.</exception>
    public static RunPattern? TryCreate(string expression)
    {
        var reader = new ExpressionReader(expression);
        if (!reader.TryReadSet(out var run))
        {
            return null;
        }

        CodePointSet? prefix = null;
        if (reader.TryRead("?"))
        {
            prefix = run;
            if (!reader.TryReadSet(out run))
            {
                return null;
            }
        }

        var maximum = 1;
        if (reader.TryRead("+"))
        {
            maximum = int.MaxValue;
        }
        else if (reader.TryRead("{1,"))
        {
            if (reader.AtEnd || !char.IsAsciiDigit(reader.Current))
            {
                return null;
            }

            maximum = reader.ReadCodePoint() - '0';
            if (maximum == 0 || !reader.TryRead("}"))
            {
                return null;
            }
        }

        return reader.AtEnd ? new RunPattern(prefix, run, maximum) : null;
    }

    public override int MatchAt(ReadOnlySpan<char> text, int index)
    {
        if (before is not null)
        {
            var prefixLength = before.LengthAt(text, index);
            if (prefixLength > 0)
            {
                var end = RunEnd(text, index + prefixLength);
                if (end > index + prefixLength)
                {
                    return end - index;
                }
            }
        }

        return RunEnd(text, index) - index;
    }

    private int RunEnd(ReadOnlySpan<char> text, int index)
    {
        for (var left = maximumLength; left > 0 && index < text.Length; left--)
        {
            var length = repeated.LengthAt(text, index);
            if (length == 0)
            {
                break;
            }

            index += length;
        }

        return index;
    }

    /// <summary>A set laid out for tests of single characters: a bit for each of the basic plane.</summary>
    private sealed class Membership
    {
        private readonly ulong[] bits = new ulong[(char.MaxValue + 1) / 64];
        private readonly CodePointSet members;

        public Membership(CodePointSet set)
        {
            members = set;
            foreach (var (start, end) in set.Ranges)
            {
                for (var code = start; code <= Math.Min(end, char.MaxValue); code++)
                {
                    bits[code / 64] |= 1UL << (code % 64);
                }
            }
        }

        /// <summary>The units that the character at an index takes, or 0 where it is not in the set.</summary>
        public int LengthAt(ReadOnlySpan<char> text, int index)
        {
            var c = text[index];
            if (!char.IsSurrogate(c))
            {
                return (int)((bits[c / 64] >> (c % 64)) & 1);
            }

            return
                index + 1 < text.Length
                && char.IsSurrogatePair(c, text[index + 1])
                && members.Contains(char.ConvertToUtf32(c, text[index + 1]))
                ? 2
                : 0;
        }
    }
}
