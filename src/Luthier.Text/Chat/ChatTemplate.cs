using System.Text.Json;
using Luthier.Formats;
using Luthier.Text.Jinja;
using Luthier.Text.Jinja.Values;
using Luthier.Text.Loading;

namespace Luthier.Text.Chat;

/// <summary>
/// Makes prompts of conversations as Transformers' <c>apply_chat_template</c> does, after preparing messages as vLLM does.
/// It doesn't change, and may be used by several threads at once.
/// </summary>
public sealed class ChatTemplate
{
    private static readonly Dictionary<string, string> NoTokens = new(StringComparer.Ordinal);

    private readonly Dictionary<string, NamedTemplate> templates = new(StringComparer.Ordinal);

    private ChatTemplate(
        IReadOnlyCollection<ChatTemplateSource> sources,
        IReadOnlyDictionary<string, string> specialTokens
    )
    {
        SpecialTokens = specialTokens;
        foreach (var source in sources)
        {
            try
            {
                templates[source.Name] = new NamedTemplate(JinjaTemplate.Parse(source.Text), source.Origin);
            }
            catch (JinjaException exception)
            {
                throw new InvalidFileException(source.Origin, exception.Message, exception);
            }
        }
    }

    /// <summary>The texts of tokens with a role, such as <c>bos_token</c>: variables of the templates.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; }

    /// <summary>The templates of a tokenizer's files; null where they have none.</summary>
    /// <exception cref="InvalidFileException">A template is not valid.</exception>
    public static ChatTemplate? Of(Tokenizer tokenizer) => Create(tokenizer.ChatTemplates, tokenizer.SpecialTokens);

    /// <summary>The templates of a model's folder, whose tokenizer is not read; null where there are none.</summary>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="InvalidFileException">A file or template is not valid.</exception>
    public static ChatTemplate? TryLoad(string folder)
    {
        var config = TokenizerConfig.Read(folder);
        return Create(config.ChatTemplates, config.SpecialTokens);
    }

    /// <summary>The template in a file.</summary>
    /// <param name="file">The file, in Jinja.</param>
    /// <param name="specialTokens">The texts of tokens with a role, such as <c>bos_token</c>.</param>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="InvalidFileException">The template is not valid.</exception>
    public static ChatTemplate Load(string file, IReadOnlyDictionary<string, string>? specialTokens = null) =>
        Parse(ChatTemplateFiles.ReadText(file), file, specialTokens);

    /// <summary>A template as text.</summary>
    /// <param name="text">The template, in Jinja.</param>
    /// <param name="origin">What messages call the place that it came from.</param>
    /// <param name="specialTokens">The texts of tokens with a role, such as <c>bos_token</c>.</param>
    /// <exception cref="InvalidFileException">The template is not valid.</exception>
    public static ChatTemplate Parse(
        string text,
        string origin,
        IReadOnlyDictionary<string, string>? specialTokens = null
    ) => new([new ChatTemplateSource(ChatTemplateSource.Default, text, origin)], specialTokens ?? NoTokens);

    /// <summary>How the template wants contents, by what it does with them.</summary>
    /// <param name="withTools">Whether the conversation has tools, for which there may be a template of its own.</param>
    public ChatContentFormat DetectContentFormat(bool withTools) => Select(withTools).ContentFormat;

    /// <summary>What messages call the place that the template came from.</summary>
    /// <inheritdoc cref="DetectContentFormat"/>
    public string Origin(bool withTools) => Select(withTools).Origin;

    /// <summary>The text of the template.</summary>
    /// <inheritdoc cref="DetectContentFormat"/>
    public string Text(bool withTools) => Select(withTools).Template.Source;

    /// <summary>The prompt of a conversation.</summary>
    /// <exception cref="ChatInputException">The conversation is not what it should be.</exception>
    /// <exception cref="JinjaException">The template refuses the conversation, or can't be rendered.</exception>
    public string Render(ChatConversation conversation)
    {
        if (conversation is { AddGenerationPrompt: true, ContinueFinalMessage: true })
        {
            throw new ChatInputException("continue_final_message", "add_generation_prompt excludes it");
        }

        var tools = Optional(conversation.Tools, "tools");
        var template = Select(tools is not null);
        var format =
            conversation.ContentFormat == ChatContentFormat.Auto ? template.ContentFormat : conversation.ContentFormat;
        var messages = ChatMessages.Read(conversation.Messages, format);
        if (conversation.ContinueFinalMessage)
        {
            FinalMessage.Mark(messages);
        }

        var variables = SpecialTokens.ToDictionary(t => t.Key, t => (object?)t.Value, StringComparer.Ordinal);
        variables["messages"] = new ListValue([.. messages]);
        variables["tools"] = tools;
        variables["documents"] = Optional(conversation.Documents, "documents");
        variables["add_generation_prompt"] = conversation.AddGenerationPrompt;
        AddVariables(variables, conversation.Variables);
        var text = template.Template.Render(variables, conversation.Now);
        return conversation.ContinueFinalMessage ? FinalMessage.Cut(text) : text;
    }

    /// <summary>The text that the template makes of variables just as they are; special tokens go behind them.</summary>
    /// <param name="variables">An object; its members are the variables.</param>
    /// <param name="now">What <c>strftime_now</c> tells, as a local time.</param>
    /// <exception cref="JinjaException">The template refuses the variables, or can't be rendered.</exception>
    public string RenderRaw(JsonElement variables, DateTime now)
    {
        var all = SpecialTokens.ToDictionary(t => t.Key, t => (object?)t.Value, StringComparer.Ordinal);
        foreach (var variable in variables.EnumerateObject())
        {
            all[variable.Name] = JsonValues.Read(variable.Value);
        }

        return Select(all.GetValueOrDefault("tools") is not null).Template.Render(all, now);
    }

    private static ChatTemplate? Create(
        IReadOnlyList<ChatTemplateSource> sources,
        IReadOnlyDictionary<string, string> specialTokens
    ) => sources.Count == 0 ? null : new ChatTemplate(sources, specialTokens);

    private NamedTemplate Select(bool withTools) =>
        withTools && templates.TryGetValue(ChatTemplateSource.ToolUse, out var template) ? template
        : templates.TryGetValue(ChatTemplateSource.Default, out template) ? template
        : templates.Values.First();

    private static object? Optional(JsonElement? element, string name) =>
        element is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } given ? null
        : given.ValueKind == JsonValueKind.Array ? JsonValues.Read(given)
        : throw new ChatInputException(name, "expected a list");

    private static void AddVariables(Dictionary<string, object?> variables, JsonElement? given)
    {
        const string field = "chat_template_kwargs";
        if (given is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } members)
        {
            return;
        }

        if (members.ValueKind != JsonValueKind.Object)
        {
            throw new ChatInputException(field, "expected an object");
        }

        foreach (var variable in members.EnumerateObject())
        {
            variables[variable.Name] = variable.Name is not ("messages" or "chat_template" or "tokenize")
                ? JsonValues.Read(variable.Value)
                : throw new ChatInputException($"{field}.{variable.Name}", "this variable can't be set");
        }
    }

    private sealed class NamedTemplate(JinjaTemplate template, string origin)
    {
        public JinjaTemplate Template => template;

        public string Origin => origin;

        public ChatContentFormat ContentFormat { get; } = ContentFormatDetector.Detect(template.Body);
    }
}
