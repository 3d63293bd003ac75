using System.Collections.Frozen;

namespace Luthier.Text.Unicode;

/// <summary>
/// Properties that the base class library lacks without ICU: combining classes, decompositions, compositions and
/// scripts. Read once from an embedded table that eng/unicode/UnicodeTables.cs writes. Derived from the Unicode
/// Character Database 16.0.0, © Unicode, Inc., under the Unicode License V3 (https://www.unicode.org/license.txt).
/// </summary>
internal sealed class UnicodeDatabase
{
    private const string ResourceName = "Luthier.Text.Unicode.unicode.bin";
    private static readonly Lazy<UnicodeDatabase> Loaded = new(Load);

    private UnicodeDatabase(
        FrozenDictionary<int, byte> combiningClasses,
        FrozenDictionary<int, Decomposition> decompositions,
        FrozenDictionary<long, int> compositions,
        FrozenDictionary<string, (int Start, int End)[]> scripts
    )
    {
        CombiningClasses = combiningClasses;
        Decompositions = decompositions;
        Compositions = compositions;
        Scripts = scripts;
    }

    public static UnicodeDatabase Instance => Loaded.Value;

    /// <summary>Canonical combining classes that are not zero.</summary>
    public FrozenDictionary<int, byte> CombiningClasses { get; }

    /// <summary>Single-step decompositions; Hangul syllables, which are computed, are not among them.</summary>
    public FrozenDictionary<int, Decomposition> Decompositions { get; }

    /// <summary>The primary composite of a pair of code points, keyed by <see cref="PairKey"/>.</summary>
    public FrozenDictionary<long, int> Compositions { get; }

    /// <summary>Inclusive ranges of code points per script, by the script's long name.</summary>
    public FrozenDictionary<string, (int Start, int End)[]> Scripts { get; }

    public static long PairKey(int first, int second) => ((long)first << 32) | (uint)second;

    private static UnicodeDatabase Load()
    {
        using var stream = typeof(UnicodeDatabase).Assembly.GetManifestResourceStream(ResourceName)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var reader = new TableReader(bytes);
        var classes = ReadClasses(reader);
        var decompositions = ReadDecompositions(reader);
        var excluded = new HashSet<int>();
        for (int left = reader.Number(), code = 0; left > 0; left--)
        {
            code += reader.Number();
            excluded.Add(code);
        }

        var compositions = decompositions
            .Where(d => !d.Value.IsCompatibility && d.Value.CodePoints.Length == 2 && !excluded.Contains(d.Key))
            .ToFrozenDictionary(d => PairKey(d.Value.CodePoints[0], d.Value.CodePoints[1]), d => d.Key);
        return new(
            classes.ToFrozenDictionary(),
            decompositions.ToFrozenDictionary(),
            compositions,
            ReadScripts(reader).ToFrozenDictionary(StringComparer.Ordinal)
        );
    }

    private static Dictionary<int, byte> ReadClasses(TableReader reader)
    {
        var classes = new Dictionary<int, byte>();
        for (int left = reader.Number(), code = 0; left > 0; left--)
        {
            code += reader.Number();
            var end = code + reader.Number();
            var combiningClass = (byte)reader.Number();
            for (; code < end; code++)
            {
                classes[code] = combiningClass;
            }

            classes[end] = combiningClass;
        }

        return classes;
    }

    private static Dictionary<int, Decomposition> ReadDecompositions(TableReader reader)
    {
        var decompositions = new Dictionary<int, Decomposition>();
        for (int left = reader.Number(), code = 0; left > 0; left--)
        {
            code += reader.Number();
            var header = reader.Number();
            var parts = new int[header >> 1];
            for (var i = 0; i < parts.Length; i++)
            {
                parts[i] = reader.Number();
            }

            decompositions[code] = new Decomposition(parts, (header & 1) != 0);
        }

        return decompositions;
    }

    private static Dictionary<string, (int Start, int End)[]> ReadScripts(TableReader reader)
    {
        var scripts = new Dictionary<string, (int Start, int End)[]>(StringComparer.Ordinal);
        for (var left = reader.Number(); left > 0; left--)
        {
            var name = reader.Text(reader.Number());
            var ranges = new (int Start, int End)[reader.Number()];
            var code = 0;
            for (var i = 0; i < ranges.Length; i++)
            {
                var start = code + reader.Number();
                code = start + reader.Number();
                ranges[i] = (start, code);
            }

            scripts[name] = ranges;
        }

        return scripts;
    }

    /// <summary>One step of a character's decomposition.</summary>
    internal readonly record struct Decomposition(int[] CodePoints, bool IsCompatibility);

    private sealed class TableReader(byte[] bytes)
    {
        private int position;

        public int Number()
        {
            var value = 0;
            for (var shift = 0; ; shift += 7)
            {
                var next = bytes[position++];
                value |= (next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return value;
                }
            }
        }

        public string Text(int length)
        {
            var text = System.Text.Encoding.ASCII.GetString(bytes, position, length);
            position += length;
            return text;
        }
    }
}
