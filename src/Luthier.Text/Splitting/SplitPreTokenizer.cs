using System.Runtime.CompilerServices;

namespace Luthier.Text.Splitting;

/// <summary>Splits at the matches of a pattern, or with <paramref name="invert"/> at what lies between them.</summary>
internal sealed class SplitPreTokenizer(Pattern pattern, SplitBehavior behavior, bool invert = false) : PreTokenizer
{
    public override void Split(in Segment segment, List<Segment> output)
    {
        if (behavior == SplitBehavior.Isolated)
        {
            SplitIsolated(segment, output);
            return;
        }

        var parts = FindParts(segment.Span);
        switch (behavior)
        {
            case SplitBehavior.Removed:
                parts.RemoveAll(part => part.IsMatch);
                break;
            case SplitBehavior.Contiguous:
                MergeEqual(parts);
                break;
            case SplitBehavior.MergedWithPrevious:
                MergeWithPrevious(parts);
                break;
            default:
                MergeWithNext(parts);
                break;
        }

        foreach (var (start, end, _) in parts)
        {
            if (end > start)
            {
                output.Add(segment.Slice(start, end - start));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SplitIsolated(in Segment segment, List<Segment> output)
    {
        var text = segment.Span;
        var previous = 0;
        for (var from = 0; from < text.Length && pattern.TryFind(text, from, out var start, out var length); )
        {
            if (start > previous)
            {
                output.Add(segment.Slice(previous, start - previous));
            }

            if (length > 0)
            {
                output.Add(segment.Slice(start, length));
            }

            previous = start + length;
            from = start + Math.Max(length, 1);
        }

        if (previous < text.Length)
        {
            output.Add(segment.Slice(previous, text.Length - previous));
        }
    }

    private List<(int Start, int End, bool IsMatch)> FindParts(ReadOnlySpan<char> text)
    {
        var parts = new List<(int Start, int End, bool IsMatch)>();
        var previous = 0;
        for (var from = 0; from < text.Length && pattern.TryFind(text, from, out var start, out var length); )
        {
            if (start > previous)
            {
                parts.Add((previous, start, invert));
            }

            parts.Add((start, start + length, !invert));
            previous = start + length;
            from = start + Math.Max(length, 1);
        }

        if (previous < text.Length)
        {
            parts.Add((previous, text.Length, invert));
        }

        return parts;
    }

    private static void MergeEqual(List<(int Start, int End, bool IsMatch)> parts)
    {
        var kept = 0;
        foreach (var part in parts.ToArray())
        {
            if (kept > 0 && parts[kept - 1].IsMatch == part.IsMatch)
            {
                parts[kept - 1] = parts[kept - 1] with { End = part.End };
            }
            else
            {
                parts[kept++] = part;
            }
        }

        parts.RemoveRange(kept, parts.Count - kept);
    }

    private static void MergeWithPrevious(List<(int Start, int End, bool IsMatch)> parts)
    {
        var kept = 0;
        var previousIsMatch = false;
        foreach (var part in parts.ToArray())
        {
            if (part.IsMatch && !previousIsMatch && kept > 0)
            {
                parts[kept - 1] = parts[kept - 1] with { End = part.End };
            }
            else
            {
                parts[kept++] = part;
            }

            previousIsMatch = part.IsMatch;
        }

        parts.RemoveRange(kept, parts.Count - kept);
    }

    private static void MergeWithNext(List<(int Start, int End, bool IsMatch)> parts)
    {
        var merged = new List<(int Start, int End, bool IsMatch)>(parts.Count);
        var nextIsMatch = false;
        for (var i = parts.Count - 1; i >= 0; i--)
        {
            var part = parts[i];
            if (part.IsMatch && !nextIsMatch && merged.Count > 0)
            {
                merged[^1] = merged[^1] with { Start = part.Start };
            }
            else
            {
                merged.Add(part);
            }

            nextIsMatch = part.IsMatch;
        }

        merged.Reverse();
        parts.Clear();
        parts.AddRange(merged);
    }
}
