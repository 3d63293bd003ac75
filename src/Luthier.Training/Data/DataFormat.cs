namespace Luthier.Training.Data;

/// <summary>Form of a file of training or evaluation data.</summary>
public enum DataFormat
{
    /// <summary>Decided by the file's extension and the fields of its first row.</summary>
    Auto = 0,

    /// <summary>JSON array or JSONL of <c>instruction</c>, optional <c>input</c>, <c>output</c>.</summary>
    Alpaca,

    /// <summary>JSON array or JSONL of <c>messages</c>: a list of <c>role</c> and <c>content</c>.</summary>
    Messages,

    /// <summary>JSON array or JSONL of <c>conversations</c>: a list of <c>from</c> and <c>value</c>.</summary>
    Sharegpt,

    /// <summary>JSON array or JSONL of <c>input_ids</c> with optional <c>labels</c> and <c>attention_mask</c>.</summary>
    Tokenized,

    /// <summary>Comma- or tab-separated values with a mapping of columns.</summary>
    Csv,

    /// <summary>Plain text, or JSON array or JSONL of <c>text</c>.</summary>
    Text,
}

/// <summary>How a conversation becomes text.</summary>
public enum ChatFormat
{
    /// <summary><see cref="Chatml"/> where the tokenizer has its tokens, else <see cref="Template"/>.</summary>
    Auto = 0,

    /// <summary><c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c> for each message.</summary>
    Chatml,

    /// <summary>
    /// Each user message and its reply as the prompt template renders them, ended by the end-of-text token.
    /// </summary>
    Template,
}
