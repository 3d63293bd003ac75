using Luthier.Formats.Files;
using Luthier.Text.AddedTokens;
using Luthier.Text.Chat;
using Luthier.Text.Decoding;
using Luthier.Text.Loading;
using Luthier.Text.Splitting;

namespace Luthier.Text;

/// <summary>
/// Turns text into token ids and back, as the tokenizer files of a model say. It doesn't change after loading and may be
/// used by several threads at once.
/// </summary>
public sealed class Tokenizer
{
    /// <summary>Buffers that grew beyond this for one huge text are let go after it.</summary>
    private const int MaximumKeptIds = 1 << 20;

    [ThreadStatic]
    private static IdBuffer? threadBuffer;

    private readonly TokenizerParts parts;
    private readonly Dictionary<int, AddedToken> addedById = [];
    private readonly Dictionary<int, string> addedTexts = [];
    private readonly Dictionary<string, int> addedIds = new(StringComparer.Ordinal);
    private readonly AddedTokenFinder rawTokens;
    private readonly AddedTokenFinder normalizedTokens;
    private readonly IReadOnlyList<string> files;
    private TokenBytes? bytes;

    private Tokenizer(TokenizerParts parts, IReadOnlyList<string> files)
    {
        this.parts = parts;
        this.files = files;
        VocabularySize = parts.Model.Vocabulary.Size;
        foreach (var token in parts.AddedTokens)
        {
            addedById[token.Id] = token;
            addedIds[token.Content] = token.Id;
            // An added token is plain text, which a decoder of bytes must be given as bytes.
            addedTexts[token.Id] = parts.DecodesByteAlphabet ? ByteAlphabet.Encode(token.Content) : token.Content;
            VocabularySize = Math.Max(VocabularySize, token.Id + 1);
        }

        var sought = parts.AddedTokens.Where(t => !t.Hidden).ToLookup(t => t.Normalized);
        SpecialTokens = NameSpecialTokens();
        rawTokens = new(sought[false].Select(t => (t, t.Content)));
        normalizedTokens = new(sought[true].Select(t => (t, parts.Normalizer?.Normalize(t.Content) ?? t.Content)));
    }

    /// <summary>One more than the largest id; ids in between may be without a token.</summary>
    public int VocabularySize { get; }

    /// <summary>The token that begins a sequence, if there is one.</summary>
    public int? BosId => parts.SpecialIds.Bos;

    /// <summary>The token that ends a sequence, if there is one.</summary>
    public int? EosId => parts.SpecialIds.Eos;

    /// <summary>The token that fills up short sequences, if there is one.</summary>
    public int? PadId => parts.SpecialIds.Pad;

    /// <summary>The token for what the vocabulary can't express, if there is one.</summary>
    public int? UnkId => parts.SpecialIds.Unknown;

    /// <summary>The templates that make text of a conversation; none where the files have none.</summary>
    public IReadOnlyList<ChatTemplateSource> ChatTemplates => parts.ChatTemplates;

    /// <summary>The texts of the tokens with a role by its name, such as <c>bos_token</c>, as templates call them.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; }

    /// <summary>
    /// Loads a tokenizer.json (Hugging Face), a tokenizer.model (SentencePiece), the tokenizer in a GGUF file, or a folder
    /// with one of the first two, the first preferred; of a folder, also tokenizer_config.json,
    /// special_tokens_map.json, added_tokens.json and chat_template.jinja are read.
    /// </summary>
    /// <exception cref="IOException">The path doesn't exist or can't be read.</exception>
    /// <exception cref="Formats.InvalidFileException">A file is not valid, or uses what is not supported.</exception>
    public static Tokenizer Load(string path)
    {
        var (parts, files) = TokenizerLoader.Load(path);
        return new(parts, files);
    }

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text; halves of surrogate pairs count as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether to put the ids around it that the model expects, such as the bos token.</param>
    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        var output = threadBuffer ??= new IdBuffer();
        output.Clear();
        if (addSpecialTokens)
        {
            output.Add(parts.Frame.Before);
        }

        EncodeText(WellFormedText.Of(text), output);
        if (addSpecialTokens)
        {
            output.Add(parts.Frame.After);
        }

        if (output.Capacity > MaximumKeptIds)
        {
            threadBuffer = null;
        }

        return output.Ids.ToArray();
    }

    /// <summary>The text of ids. Ids without a token add nothing.</summary>
    /// <param name="ids">Any ids.</param>
    /// <param name="skipSpecialTokens">Whether to leave out tokens that steer the model, such as bos and eos.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var collector = new TextCollector();
        var stage = parts.Decoder(collector);
        foreach (var id in ids)
        {
            Write(id, skipSpecialTokens, stage);
        }

        stage.End();
        return collector.Take();
    }

    /// <summary>A decoder that receives ids one by one, for text that is still being generated.</summary>
    /// <param name="skipSpecialTokens">As for <see cref="Decode"/>.</param>
    public StreamingDecoder CreateDecoder(bool skipSpecialTokens = false) => new(this, skipSpecialTokens);

    /// <summary>The token with an id as the vocabulary has it, such as <c>Ġthe</c> or <c>▁the</c>, or null.</summary>
    public string? TokenOf(int id) =>
        addedById.TryGetValue(id, out var added) ? added.Content : parts.Model.Vocabulary.TokenOf(id);

    /// <summary>The id of a token as the vocabulary has it, or null.</summary>
    public int? IdOf(string token) => addedIds.TryGetValue(token, out var id) ? id : parts.Model.Vocabulary.IdOf(token);

    /// <summary>
    /// The bytes that a token adds to a text that it goes on, in UTF-8: perhaps a part of a character. Null where an id
    /// has no token.
    /// </summary>
    public byte[]? BytesOf(int id) => (bytes ??= new TokenBytes(this, parts)).Of(id, TextOf(id));

    /// <summary>Whether an id is a token that steers the model rather than text.</summary>
    public bool IsSpecial(int id) => addedById.TryGetValue(id, out var token) && token.Special;

    /// <summary>
    /// Copies the files of this tokenizer into a folder, under the names by which readers of models look for them.
    /// </summary>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    public void CopyFilesTo(string folder) => TokenizerFiles.Copy(files, folder);

    internal DecoderStage CreateDecoderStage(DecoderStage last) => parts.Decoder(last);

    internal void Write(int id, bool skipSpecialTokens, DecoderStage stage)
    {
        var text = TextOf(id);
        if (text is not null && !(skipSpecialTokens && IsSpecial(id)))
        {
            stage.Write(text);
            stage.EndToken();
        }
    }

    // What the files say, and where they say nothing, the tokens that were found to have the roles.
    private Dictionary<string, string> NameSpecialTokens()
    {
        var named = new Dictionary<string, string>(parts.SpecialTokens, StringComparer.Ordinal);
        foreach (
            var (role, id) in (ReadOnlySpan<(string, int?)>)
                [("bos_token", BosId), ("eos_token", EosId), ("pad_token", PadId), ("unk_token", UnkId)]
        )
        {
            if (id is { } known && TokenOf(known) is { } text)
            {
                named.TryAdd(role, text);
            }
        }

        return named;
    }

    /// <summary>A token as decoders expect it, or null.</summary>
    private string? TextOf(int id) =>
        addedTexts.TryGetValue(id, out var added) ? added : parts.Model.Vocabulary.TokenOf(id);

    /// <summary>
    /// 1. Cuts out added tokens sought in the text as it is. 2. Normalizes what lies between. 3. Cuts out added tokens
    /// sought in normalized text. 4. Splits the rest into pieces. 5. Lets the model encode each piece.
    /// </summary>
    private void EncodeText(string text, IdBuffer output)
    {
        for (var from = 0; from < text.Length; )
        {
            var token = rawTokens.Find(text, from, out var start, out var end);
            if (start > from)
            {
                var section = start - from == text.Length ? text : text[from..start];
                EncodeNormalized(parts.Normalizer?.Normalize(section) ?? section, from == 0, output);
            }

            if (token is not null)
            {
                output.Add(token.Id);
            }

            from = end;
        }
    }

    private void EncodeNormalized(string text, bool atStart, IdBuffer output)
    {
        for (var from = 0; from < text.Length; )
        {
            var token = normalizedTokens.Find(text, from, out var start, out var end);
            if (start > from)
            {
                EncodeSegment(new Segment(text, from, start - from, atStart && from == 0), output);
            }

            if (token is not null)
            {
                output.Add(token.Id);
            }

            from = end;
        }
    }

    private void EncodeSegment(in Segment segment, IdBuffer output)
    {
        if (parts.PreTokenizer is null)
        {
            parts.Model.Encode(segment.Span, output);
            return;
        }

        var pieces = new List<Segment>(segment.Length / 4);
        parts.PreTokenizer.Split(segment, pieces);
        foreach (var piece in pieces)
        {
            parts.Model.Encode(piece.Span, output);
        }
    }
}
