using System.Text;
using System.Text.Json;
using Luthier.Formats;
using Luthier.Formats.Files;
using Luthier.Formats.Json;

namespace Luthier.Text.Chat;

/// <summary>Finds the chat templates in a model's folder.</summary>
internal static class ChatTemplateFiles
{
    private const string Field = "chat_template";
    private const string ProcessorFile = "chat_template.json";
    private const string NamedFolder = "additional_chat_templates";
    private const string Extension = ".jinja";

    /// <summary>Larger than any template is read.</summary>
    private const long MaximumBytes = 4 << 20;

    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>
    /// Files of their own go first, as in Transformers: chat_template.jinja and the folder of named ones. Else the field
    /// of tokenizer_config.json holds one template or several named ones; else that of chat_template.json.
    /// </summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="config">Its tokenizer_config.json, where there is one.</param>
    /// <exception cref="InvalidFileException">A file is not what it should be.</exception>
    public static IReadOnlyList<ChatTemplateSource> Read(string folder, JsonField? config)
    {
        var file = Path.Combine(folder, TokenizerFiles.ChatTemplate);
        List<ChatTemplateSource> sources = [];
        if (File.Exists(file))
        {
            sources.Add(new(ChatTemplateSource.Default, ReadText(file), file));
        }

        var named = Path.Combine(folder, NamedFolder);
        if (Directory.Exists(named))
        {
            sources.AddRange(
                Directory
                    .EnumerateFiles(named, "*" + Extension)
                    .Order(StringComparer.Ordinal)
                    .Select(path => new ChatTemplateSource(
                        Path.GetFileNameWithoutExtension(path),
                        ReadText(path),
                        path
                    ))
            );
        }

        var processor = Path.Combine(folder, ProcessorFile);
        return sources.Count > 0 ? sources
            : config?.Find(Field) is { } field ? ReadField(field)
            : File.Exists(processor) && JsonFile.Read(processor).Find(Field) is { } other ? ReadField(other)
            : [];
    }

    /// <summary>The text of a template's file.</summary>
    /// <exception cref="InvalidFileException">It is too large, or not UTF-8.</exception>
    public static string ReadText(string path)
    {
        using var stream = File.OpenRead(path);
        if (stream.Length > MaximumBytes)
        {
            throw new InvalidFileException(
                path,
                $"has {stream.Length} bytes, more than the {MaximumBytes} that a template may have"
            );
        }

        var bytes = new byte[stream.Length];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        try
        {
            return Strict.GetString(bytes, 0, count).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidFileException(path, $"byte {exception.Index} begins no UTF-8 character", exception);
        }
    }

    private static List<ChatTemplateSource> ReadField(JsonField field)
    {
        switch (field.Kind)
        {
            case JsonValueKind.String:
                return [Source(ChatTemplateSource.Default, field)];
            case JsonValueKind.Array:
                return [.. field.Items().Select(item => Source(item["name"].AsString(), item["template"]))];
            case JsonValueKind.Object:
                return [.. field.Members().Select(member => Source(member.Key, member.Value))];
            default:
                throw field.Expected("a template or a list of templates with names");
        }
    }

    private static ChatTemplateSource Source(string name, JsonField field) =>
        new(name, field.AsString(), $"{field.Source}: field {field.Path}");
}
