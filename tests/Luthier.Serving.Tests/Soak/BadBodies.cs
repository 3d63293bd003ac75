using System.Text;
using System.Text.Json.Nodes;

namespace Luthier.Serving.Tests.Soak;

/// <summary>Bodies that clients might send by mistake or malice: good ones with something changed.</summary>
internal sealed class BadBodies(Random random)
{
    private static readonly string[] Values =
    [
        "null",
        "true",
        "-1",
        "0",
        "1e400",
        "0.5",
        "9223372036854775808",
        "\"\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "[]",
        "[[]]",
        "[null]",
        "{}",
        "{\"a\":{}}",
        "[1,\"a\",[],{}]",
        "NaN",
    ];

    private static readonly string[] Names =
    [
        "model",
        "prompt",
        "messages",
        "input",
        "tokens",
        "temperature",
        "top_p",
        "top_k",
        "min_p",
        "n",
        "best_of",
        "max_tokens",
        "max_completion_tokens",
        "min_tokens",
        "stop",
        "stop_token_ids",
        "seed",
        "stream",
        "stream_options",
        "logprobs",
        "top_logprobs",
        "prompt_logprobs",
        "echo",
        "logit_bias",
        "bad_words",
        "allowed_token_ids",
        "presence_penalty",
        "frequency_penalty",
        "repetition_penalty",
        "tools",
        "tool_choice",
        "response_format",
        "structured_outputs",
        "guided_json",
        "guided_regex",
        "guided_choice",
        "chat_template",
        "chat_template_kwargs",
        "continue_final_message",
        "truncate_prompt_tokens",
        "cache_salt",
        "priority",
        "request_id",
        "dimensions",
        "encoding_format",
        "kv_transfer_params",
    ];

    /// <summary>A body of something that once was <paramref name="good"/>; it may be good still.</summary>
    public byte[] Spoil(JsonObject good) =>
        random.Next(4) switch
        {
            0 => SpoilBytes(Encoding.UTF8.GetBytes(good.ToJsonString())),
            1 => Encoding.UTF8.GetBytes(Nested(random.Next(1, 200))),
            _ => Encoding.UTF8.GetBytes(Replaced(good)),
        };

    private string Replaced(JsonObject good)
    {
        var members = good.ToDictionary(m => m.Key, m => m.Value?.ToJsonString() ?? "null", StringComparer.Ordinal);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            members[Names[random.Next(Names.Length)]] = Values[random.Next(Values.Length)];
        }

        return "{" + string.Join(',', members.Select(m => $"\"{m.Key}\":{m.Value}")) + "}";
    }

    private byte[] SpoilBytes(byte[] body)
    {
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            body[random.Next(body.Length)] = (byte)random.Next(256);
        }

        return random.Next(3) == 0 ? body[..random.Next(body.Length)] : body;
    }

    private string Nested(int depth)
    {
        var name = Names[random.Next(Names.Length)];
        return $"{{\"{name}\":{string.Concat(Enumerable.Repeat("[", depth))}{string.Concat(Enumerable.Repeat("]", depth))}}}";
    }
}
