using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Luthier.Cli.Api;
using Luthier.Text;

namespace Luthier.Cli.Bench;

/// <summary>
/// Makes texts of so many tokens: words that are encoded, cut, and decoded again, by a tokenizer at hand or by the
/// server's own. Where there is neither, a word counts as a token.
/// </summary>
internal abstract class PromptText
{
    private static readonly string[] Words = (
        "time year people way day man thing woman life child world school state family student group country problem "
        + "hand part place case week company system program question work government number night point home water "
        + "room mother area money story fact month lot right study book eye job word business issue side kind head "
        + "house service friend father power hour game line end member law car city community name president team "
        + "minute idea body information back parent face others level office door health person art war history "
        + "party result change morning reason research girl guy moment air teacher force education foot boy age "
        + "policy music process market sense nation plan college interest death experience effect use class control"
    ).Split(' ');

    /// <summary>A text of as near to <paramref name="tokens"/> tokens as can be made, and how many it has.</summary>
    public async Task<(string Text, int Tokens)> MakeAsync(int tokens, Random random, CancellationToken cancellation)
    {
        var text = string.Join(' ', Enumerable.Range(0, tokens).Select(_ => Words[random.Next(Words.Length)]));
        return await CutAsync(text, tokens, cancellation);
    }

    /// <summary>Number of tokens of a text.</summary>
    public abstract Task<int> CountAsync(string text, CancellationToken cancellation);

    /// <summary>Where the server tokenizes, it does; otherwise words are counted.</summary>
    public static async Task<PromptText> OfServerAsync(ApiClient client, string model, CancellationToken cancellation)
    {
        var server = new ByServer(client, model);
        try
        {
            await server.CountAsync("word", cancellation);
            return server;
        }
        catch (ApiClientException)
        {
            return new ByWords();
        }
    }

    public static PromptText Of(Tokenizer tokenizer) => new ByTokenizer(tokenizer);

    protected abstract Task<(string Text, int Tokens)> CutAsync(
        string text,
        int tokens,
        CancellationToken cancellation
    );

    private sealed class ByWords : PromptText
    {
        public override Task<int> CountAsync(string text, CancellationToken cancellation) =>
            Task.FromResult(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length);

        protected override Task<(string Text, int Tokens)> CutAsync(
            string text,
            int tokens,
            CancellationToken cancellation
        ) => Task.FromResult((text, tokens));
    }

    private sealed class ByTokenizer(Tokenizer tokenizer) : PromptText
    {
        // What is cut within a word may be encoded otherwise; a few more cuts settle it.
        private const int MaxCuts = 8;

        public override Task<int> CountAsync(string text, CancellationToken cancellation) =>
            Task.FromResult(tokenizer.Encode(text, addSpecialTokens: false).Length);

        protected override Task<(string Text, int Tokens)> CutAsync(
            string text,
            int tokens,
            CancellationToken cancellation
        )
        {
            var ids = tokenizer.Encode(text, addSpecialTokens: false);
            for (var cut = 0; cut < MaxCuts && ids.Length > tokens; cut++)
            {
                text = tokenizer.Decode(ids.AsSpan(0, tokens));
                ids = tokenizer.Encode(text, addSpecialTokens: false);
            }

            return Task.FromResult((text, ids.Length));
        }
    }

    private sealed class ByServer(ApiClient client, string model) : PromptText
    {
        public override async Task<int> CountAsync(string text, CancellationToken cancellation) =>
            (await EncodeAsync(text, cancellation)).Length;

        protected override async Task<(string Text, int Tokens)> CutAsync(
            string text,
            int tokens,
            CancellationToken cancellation
        )
        {
            var ids = await EncodeAsync(text, cancellation);
            if (ids.Length <= tokens)
            {
                return (text, ids.Length);
            }

            var body = new JsonObject { ["model"] = model, ["tokens"] = ArrayOf(ids.AsSpan(0, tokens)) };
            var answer = await client.PostAsync("detokenize", body, cancellation);
            return answer.TryGetProperty("prompt", out var prompt) && prompt.ValueKind == JsonValueKind.String
                ? (prompt.GetString()!, tokens)
                : throw new ApiClientException($"{client.Url}detokenize: the answer has no prompt");
        }

        private async Task<int[]> EncodeAsync(string text, CancellationToken cancellation)
        {
            var body = new JsonObject
            {
                ["model"] = model,
                ["prompt"] = text,
                ["add_special_tokens"] = false,
            };
            var answer = await client.PostAsync("tokenize", body, cancellation);
            return answer.TryGetProperty("tokens", out var tokens) && tokens.ValueKind == JsonValueKind.Array
                ? [.. tokens.EnumerateArray().Select(id => int.Parse(id.ToString(), CultureInfo.InvariantCulture))]
                : throw new ApiClientException($"{client.Url}tokenize: the answer has no tokens");
        }

        private static JsonArray ArrayOf(ReadOnlySpan<int> ids)
        {
            var array = new JsonArray();
            foreach (var id in ids)
            {
                array.Add((JsonNode)id);
            }

            return array;
        }
    }
}
