using System.Text.Json.Nodes;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Tests.Fixtures;

/// <summary>
/// A decoder written down from the papers, in double precision, one number at a time, that shares nothing with the
/// product: it reads config.json's fields itself, keeps the whole score matrix and computes the loss by a full softmax.
/// </summary>
internal sealed class SlowDecoder
{
    private readonly JsonObject config;
    private readonly Dictionary<string, double[,]> weights = new(StringComparer.Ordinal);
    private readonly string type;
    private readonly int heads;
    private readonly int keyValueHeads;
    private readonly int dimension;

    public SlowDecoder(Transformer model)
    {
        config = model.Config.ToJson();
        type = config["model_type"]!.GetValue<string>();
        heads = Field("num_attention_heads", 0);
        keyValueHeads = Field("num_key_value_heads", 0);
        dimension = Field("head_dim", 0);
        foreach (var (name, tensor) in model.Parameters)
        {
            weights[name] = ToMatrix(tensor);
        }
    }

    /// <summary>Changes one element of a weight by so much.</summary>
    public void Nudge(string name, int row, int column, double change) => weights[name][row, column] += change;

    /// <summary>Logits [tokens][vocabulary] of one sequence.</summary>
    public double[][] Logits(int[] tokens)
    {
        var hidden = Array.ConvertAll(tokens, Embed);
        for (var layer = 0; layer < Field("num_hidden_layers", 0); layer++)
        {
            Layer(hidden, layer);
        }

        var cap = type is "gemma2" ? Number("final_logit_softcapping", 30) : 0;
        var head = weights.ContainsKey("lm_head.weight") ? "lm_head" : "model.embed_tokens";
        return Array.ConvertAll(
            hidden,
            x => Array.ConvertAll(Project(Norm(x, "model.norm"), head), logit => Cap(logit, cap))
        );
    }

    /// <summary>Sum over the sequence of −log p(next token).</summary>
    public double Loss(int[] tokens)
    {
        var logits = Logits(tokens);
        var loss = 0.0;
        for (var t = 0; t + 1 < tokens.Length; t++)
        {
            var largest = logits[t].Max();
            loss += Math.Log(logits[t].Sum(logit => Math.Exp(logit - largest))) + largest - logits[t][tokens[t + 1]];
        }

        return loss;
    }

    private void Layer(double[][] hidden, int layer)
    {
        var name = $"model.layers.{layer}";
        var isGemma = type is "gemma2";
        var attended = Attend(Array.ConvertAll(hidden, x => Norm(x, $"{name}.input_layernorm")), name, layer);
        for (var t = 0; t < hidden.Length; t++)
        {
            var update = isGemma ? Norm(attended[t], $"{name}.post_attention_layernorm") : attended[t];
            hidden[t] = Sum(hidden[t], update);
            var norm = isGemma ? "pre_feedforward_layernorm" : "post_attention_layernorm";
            var fed = FeedForward(Norm(hidden[t], $"{name}.{norm}"), name);
            hidden[t] = Sum(hidden[t], isGemma ? Norm(fed, $"{name}.post_feedforward_layernorm") : fed);
        }
    }

    private double[][] Attend(double[][] x, string name, int layer)
    {
        var q = Array.ConvertAll(x, row => Project(row, $"{name}.self_attn.q_proj"));
        var k = Array.ConvertAll(x, row => Project(row, $"{name}.self_attn.k_proj"));
        var v = Array.ConvertAll(x, row => Project(row, $"{name}.self_attn.v_proj"));
        var result = Array.ConvertAll(x, _ => new double[heads * dimension]);
        for (var head = 0; head < heads; head++)
        {
            var shared = head / (heads / keyValueHeads);
            var queries = Rotated(q, head, $"{name}.self_attn.q_norm");
            var keys = Rotated(k, shared, $"{name}.self_attn.k_norm");
            for (var t = 0; t < x.Length; t++)
            {
                var first = Math.Max(0, t - Window(layer) + 1);
                var scores = new double[t + 1];
                for (var s = first; s <= t; s++)
                {
                    var product = queries[t].Zip(keys[s], (a, b) => a * b).Sum() * Scale();
                    scores[s] = Math.Exp(Cap(product, type is "gemma2" ? Number("attn_logit_softcapping", 50) : 0));
                }

                for (var i = 0; i < dimension; i++)
                {
                    var mixed = 0.0;
                    for (var s = first; s <= t; s++)
                    {
                        mixed += scores[s] * v[s][(shared * dimension) + i];
                    }

                    result[t][(head * dimension) + i] = mixed / scores.Sum();
                }
            }
        }

        return Array.ConvertAll(result, row => Project(row, $"{name}.self_attn.o_proj"));
    }

    // One head of all tokens, normalised where the model does that, and turned by the token's position.
    private double[][] Rotated(double[][] rows, int head, string norm)
    {
        var half = dimension / 2;
        var result = new double[rows.Length][];
        for (var t = 0; t < rows.Length; t++)
        {
            var x = rows[t][(head * dimension)..((head + 1) * dimension)];
            x = weights.ContainsKey($"{norm}.weight") ? Norm(x, norm) : x;
            result[t] = new double[dimension];
            for (var i = 0; i < half; i++)
            {
                var angle = t / Math.Pow(Number("rope_theta", 10000), 2.0 * i / dimension);
                result[t][i] = (x[i] * Math.Cos(angle)) - (x[i + half] * Math.Sin(angle));
                result[t][i + half] = (x[i + half] * Math.Cos(angle)) + (x[i] * Math.Sin(angle));
            }
        }

        return result;
    }

    private double[] FeedForward(double[] x, string name)
    {
        var gate = Project(x, $"{name}.mlp.gate_proj");
        var up = Project(x, $"{name}.mlp.up_proj");
        return Project([.. gate.Zip(up, (g, u) => Activate(g) * u)], $"{name}.mlp.down_proj");
    }

    private double Activate(double x)
    {
        var name =
            config["hidden_activation"]?.GetValue<string>()
            ?? config["hidden_act"]?.GetValue<string>()
            ?? (type is "gemma2" ? "gelu_pytorch_tanh" : "silu");
        return name is "silu"
            ? x / (1 + Math.Exp(-x))
            : 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));
    }

    private double Scale() => 1 / Math.Sqrt(type is "gemma2" ? Number("query_pre_attn_scalar", 256) : dimension);

    private int Window(int layer)
    {
        var slides = type switch
        {
            "mistral" => true,
            "gemma2" => layer % 2 == 0,
            "qwen2" or "qwen3" => config["use_sliding_window"]?.GetValue<bool>() == true
                && layer >= Field("max_window_layers", 28),
            _ => false,
        };
        return slides && config.ContainsKey("sliding_window") ? Field("sliding_window", int.MaxValue) : int.MaxValue;
    }

    private double[] Embed(int token)
    {
        var table = weights["model.embed_tokens.weight"];
        var factor = type is "gemma2" ? Math.Sqrt(table.GetLength(1)) : 1;
        return [.. Enumerable.Range(0, table.GetLength(1)).Select(i => factor * table[token, i])];
    }

    private double[] Norm(double[] x, string name)
    {
        var weight = weights[$"{name}.weight"];
        var inverse = 1 / Math.Sqrt(x.Average(value => value * value) + Number("rms_norm_eps", 1e-6));
        return [.. x.Select((value, i) => value * inverse * ((type is "gemma2" ? 1 : 0) + weight[0, i]))];
    }

    private double[] Project(double[] x, string name)
    {
        var weight = weights[$"{name}.weight"];
        var y = new double[weight.GetLength(0)];
        for (var row = 0; row < y.Length; row++)
        {
            y[row] = weights.TryGetValue($"{name}.bias", out var bias) ? bias[0, row] : 0;
            for (var i = 0; i < x.Length; i++)
            {
                y[row] += weight[row, i] * x[i];
            }
        }

        return y;
    }

    private static double Cap(double x, double cap) => cap > 0 ? cap * Math.Tanh(x / cap) : x;

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private int Field(string name, int fallback) => config[name]?.GetValue<int>() ?? fallback;

    private double Number(string name, double fallback) => config[name]?.GetValue<double>() ?? fallback;

    private static double[,] ToMatrix(Tensor tensor)
    {
        var matrix = new double[tensor.Rank == 1 ? 1 : tensor.Rows, tensor.Columns];
        var values = tensor.AsFloats();
        for (var i = 0; i < values.Length; i++)
        {
            matrix[i / tensor.Columns, i % tensor.Columns] = values[i];
        }

        return matrix;
    }
}
