using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Luthier.Text.Splitting;

namespace Luthier.Text.Bpe;

/// <summary>Byte-pair encoding over bytes or characters.</summary>
internal sealed class BpeModel : TokenModel
{
    private const int StackLimit = 256;
    private const int NoSymbol = -1;

    private readonly BpeOptions settings;
    private readonly WordCache cache = new();
    private readonly int[] byteSymbols;
    private readonly int[] basicSymbols;
    private readonly Dictionary<int, int> farSymbols = [];
    private readonly Dictionary<int, int[]> outputs = [];
    private readonly int firstExtra;

    public BpeModel(BpeOptions options)
        : base(options.Vocabulary)
    {
        settings = options;
        firstExtra = Vocabulary.Size;
        byteSymbols = options.BytesAsSymbols ? FindByteSymbols() : [];
        basicSymbols = options.BytesAsSymbols ? [] : FindCharacterSymbols();
        foreach (var (symbol, output) in options.Replacements ?? new Dictionary<int, int[]>())
        {
            outputs[symbol] = output;
        }

        for (var i = 0; i < options.ExtraSymbols.Count; i++)
        {
            outputs.TryAdd(firstExtra + i, SpellUnknown(options.ExtraSymbols[i]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Encode(ReadOnlySpan<char> piece, IdBuffer output)
    {
        if (settings.WordStart is not { } wordStart)
        {
            EncodeWord(piece, output);
            return;
        }

        while (!piece.IsEmpty)
        {
            var end = 1;
            for (; end < piece.Length; end++)
            {
                var found = piece[end..].IndexOf(wordStart);
                end = found < 0 ? piece.Length : end + found;
                if (end == piece.Length || piece[end - 1] != wordStart)
                {
                    break;
                }
            }

            EncodeWord(piece[..end], output);
            piece = piece[end..];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void EncodeWord(ReadOnlySpan<char> word, IdBuffer output)
    {
        if (word.Length > WordCache.MaximumWordLength)
        {
            EncodeNewWord(word, output);
            return;
        }

        if (cache.TryGet(word, out var ids, out var slot))
        {
            output.Add(ids);
            return;
        }

        var start = output.Count;
        EncodeNewWord(word, output);
        cache.Set(slot, word, output.Ids[start..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void EncodeNewWord(ReadOnlySpan<char> word, IdBuffer output)
    {
        if (settings.IgnoreMerges && TryGetWhole(word, out var id))
        {
            output.Add(id);
            return;
        }

        // Each UTF-16 unit gives at most three bytes, and each byte at most one symbol.
        var capacity = 3 * word.Length;
        var rented = capacity > StackLimit ? ArrayPool<int>.Shared.Rent(capacity) : null;
        var symbols = rented ?? stackalloc int[StackLimit];
        var count = settings.BytesAsSymbols ? ReadBytes(word, symbols) : ReadCharacters(word, symbols);
        count = BpeMerger.Merge(symbols[..count], settings.Merges);
        Put(symbols[..count], output);
        if (rented is not null)
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    private bool TryGetWhole(ReadOnlySpan<char> word, out int id) =>
        settings.BytesAsSymbols
            ? Vocabulary.TryGetId(ByteAlphabet.Encode(word), out id)
            : Vocabulary.TryGetId(word, out id);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ReadBytes(ReadOnlySpan<char> word, Span<int> symbols)
    {
        var rented = 3 * word.Length > StackLimit ? ArrayPool<byte>.Shared.Rent(3 * word.Length) : null;
        var bytes = rented ?? stackalloc byte[StackLimit];
        var length = Encoding.UTF8.GetBytes(word, bytes);
        var count = 0;
        foreach (var value in bytes[..length])
        {
            var symbol = byteSymbols[value];
            if (symbol != NoSymbol)
            {
                symbols[count++] = symbol;
            }
            else if (settings.UnknownId is { } unknown)
            {
                symbols[count++] = unknown;
            }
        }

        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ReadCharacters(ReadOnlySpan<char> word, Span<int> symbols)
    {
        var count = 0;
        for (var i = 0; i < word.Length; )
        {
            if (settings.FixedPieces is { } pieces && pieces.TryMatch(word, i, out var matched, out var fixedSymbol))
            {
                symbols[count++] = fixedSymbol;
                i += matched;
                continue;
            }

            var length = char.IsHighSurrogate(word[i]) && i + 1 < word.Length ? 2 : 1;
            var symbol = SymbolOf(word, i, length);
            if (symbol != NoSymbol)
            {
                symbols[count++] = symbol;
            }
            else
            {
                foreach (var id in SpellUnknown(word.Slice(i, length)))
                {
                    symbols[count++] = id;
                }
            }

            i += length;
        }

        return count;
    }

    private int SymbolOf(ReadOnlySpan<char> word, int index, int length)
    {
        if (settings.ContinuingPrefix.Length + settings.EndSuffix.Length > 0)
        {
            var prefix = index > 0 ? settings.ContinuingPrefix : "";
            var suffix = index + length == word.Length ? settings.EndSuffix : "";
            return Vocabulary.TryGetId(string.Concat(prefix, word.Slice(index, length), suffix), out var id)
                ? id
                : NoSymbol;
        }

        return length == 1 ? basicSymbols[word[index]]
            : farSymbols.TryGetValue(char.ConvertToUtf32(word[index], word[index + 1]), out var far) ? far
            : NoSymbol;
    }

    /// <summary>The ids for a character without a symbol.</summary>
    private int[] SpellUnknown(ReadOnlySpan<char> character)
    {
        int[] unknown = settings.UnknownId is { } id ? [id] : [];
        return ByteTokens.Spell(character, settings.ByteIds) ?? unknown;
    }

    private void Put(ReadOnlySpan<int> symbols, IdBuffer output)
    {
        if (outputs.Count == 0 && !settings.FuseUnknown)
        {
            output.Add(symbols);
            return;
        }

        var start = output.Count;
        foreach (var symbol in symbols)
        {
            if (outputs.Count > 0 && outputs.TryGetValue(symbol, out var ids))
            {
                foreach (var id in ids)
                {
                    PutId(id, start, output);
                }
            }
            else
            {
                PutId(symbol, start, output);
            }
        }
    }

    private void PutId(int id, int start, IdBuffer output)
    {
        var fuses = settings.FuseUnknown && id == settings.UnknownId && output.Count > start && output.Last == id;
        if (!fuses)
        {
            output.Add(id);
        }
    }

    private int[] FindByteSymbols()
    {
        var symbols = new int[256];
        for (var value = 0; value < symbols.Length; value++)
        {
            var character = ByteAlphabet.CharacterOf((byte)value);
            symbols[value] = Vocabulary.TryGetId([character], out var id) ? id : NoSymbol;
        }

        return symbols;
    }

    private int[] FindCharacterSymbols()
    {
        var symbols = new int[char.MaxValue + 1];
        Array.Fill(symbols, NoSymbol);
        foreach (var (token, id) in Vocabulary.Entries)
        {
            AddCharacterSymbol(symbols, token, id);
        }

        for (var i = 0; i < settings.ExtraSymbols.Count; i++)
        {
            AddCharacterSymbol(symbols, settings.ExtraSymbols[i], firstExtra + i);
        }

        return symbols;
    }

    private void AddCharacterSymbol(int[] symbols, string token, int id)
    {
        if (token.Length == 1)
        {
            symbols[token[0]] = id;
        }
        else if (token.Length == 2 && char.IsSurrogatePair(token[0], token[1]))
        {
            farSymbols[char.ConvertToUtf32(token[0], token[1])] = id;
        }
    }
}
