#:property PublishAot=false
#:property TreatWarningsAsErrors=false
#:property RunAnalyzers=false
#:property RestorePackagesWithLockFile=false
// Writes src/Luthier.Text/Unicode/unicode.bin from the Unicode Character Database, because normalization in .NET
// needs ICU, which a bare machine lacks, and regular expressions in .NET know no scripts.
//
//   dotnet run eng/unicode/UnicodeTables.cs UCD_FOLDER src/Luthier.Text/Unicode/unicode.bin
//
// UCD_FOLDER holds UnicodeData.txt, DerivedNormalizationProps.txt and Scripts.txt (https://www.unicode.org/Public/).
// All numbers are LEB128; code points are stored as differences from the one before. Sections, in order:
//   combining classes: count, then (start, length - 1, class) per range
//   decompositions:    count, then (code point, length * 2 + (compatibility ? 1 : 0), code points)
//   not recomposed:    count, then code points whose two-part canonical decomposition never composes
//   scripts:           count, then (name length, name, count of ranges, (start, length - 1) per range)
using System.Globalization;

var ucd = args[0];
using var output = new MemoryStream();

var characters = File.ReadLines(Path.Combine(ucd, "UnicodeData.txt")).Select(line => line.Split(';')).ToList();
var classes = characters
    .Where(c => c[3] != "0")
    .Select(c => (Code: Hex(c[0]), Class: int.Parse(c[3], CultureInfo.InvariantCulture)))
    .ToList();
var classRanges = Ranges(classes.Select(c => (c.Code, c.Code, c.Class.ToString(CultureInfo.InvariantCulture))));
Number(classRanges.Count);
var previous = 0;
foreach (var (start, end, value) in classRanges)
{
    Number(start - previous, end - start, int.Parse(value, CultureInfo.InvariantCulture));
    previous = end;
}

var decompositions = characters.Where(c => c[5].Length > 0).ToList();
Number(decompositions.Count);
previous = 0;
foreach (var c in decompositions)
{
    var compatibility = c[5][0] == '<';
    var parts = c[5].Split(' ').Where(p => p[0] != '<').Select(Hex).ToList();
    Number(Hex(c[0]) - previous, (parts.Count * 2) + (compatibility ? 1 : 0));
    Number([.. parts]);
    previous = Hex(c[0]);
}

var excluded = Properties("DerivedNormalizationProps.txt", "Full_Composition_Exclusion")
    .SelectMany(r => Enumerable.Range(r.Start, r.End - r.Start + 1))
    .Intersect(decompositions.Where(c => c[5][0] != '<' && c[5].Contains(' ')).Select(c => Hex(c[0])))
    .Order()
    .ToList();
Number(excluded.Count);
previous = 0;
foreach (var code in excluded)
{
    Number(code - previous);
    previous = code;
}

var scripts = Properties("Scripts.txt", null)
    .GroupBy(r => r.Value)
    .OrderBy(g => g.Key, StringComparer.Ordinal)
    .ToList();
Number(scripts.Count);
foreach (var script in scripts)
{
    Number(script.Key.Length);
    output.Write(System.Text.Encoding.ASCII.GetBytes(script.Key));
    var ranges = Ranges(script);
    Number(ranges.Count);
    previous = 0;
    foreach (var (start, end, _) in ranges)
    {
        Number(start - previous, end - start);
        previous = end;
    }
}

File.WriteAllBytes(args[1], output.ToArray());
Console.WriteLine($"{args[1]}: {output.Length} bytes");

IEnumerable<(int Start, int End, string Value)> Properties(string file, string? name) =>
    from line in File.ReadLines(Path.Combine(ucd, file))
    let fields = line.Split('#')[0].Split(';', StringSplitOptions.TrimEntries)
    where fields.Length >= 2 && (name is null || fields[1] == name)
    let bounds = fields[0].Split("..")
    select (Hex(bounds[0]), Hex(bounds[^1]), fields[1]);

static List<(int Start, int End, string Value)> Ranges(IEnumerable<(int Start, int End, string Value)> ranges)
{
    var merged = new List<(int Start, int End, string Value)>();
    foreach (var range in ranges.OrderBy(r => r.Start))
    {
        if (merged.Count > 0 && merged[^1].End + 1 == range.Start && merged[^1].Value == range.Value)
        {
            merged[^1] = merged[^1] with { End = range.End };
        }
        else
        {
            merged.Add(range);
        }
    }

    return merged;
}

static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

void Number(params int[] values)
{
    foreach (var value in values)
    {
        var rest = (uint)value;
        for (; rest >= 0x80; rest >>= 7)
        {
            output.WriteByte((byte)(rest | 0x80));
        }

        output.WriteByte((byte)rest);
    }
}
