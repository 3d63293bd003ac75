using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Tests.Fixtures;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;

namespace Luthier.Models.Tests.Adapters;

public sealed class AdapterTests
{
    private const string Tied = "\"tie_word_embeddings\": true";

    private static readonly ModuleSelection Everything = ModuleSelection.FromPattern(@".*(_proj|embed_tokens)|lm_head");

    [Fact]
    public void A_new_adapter_changes_nothing_and_is_uniform_within_its_bound()
    {
        using var model = TestModels.Random("llama");
        var before = Logits(model);
        var adapter = Adapter.Create(model, new LoraConfig { TargetModules = Everything, Rank = 16 }, seed: 1);
        adapter.ChangesNothing.ShouldBeTrue();
        Logits(model).ShouldBeWithin(1e-6f, before);
        foreach (var (name, tensor) in adapter.Parameters)
        {
            var values = tensor.ToFloats();
            tensor.NeedsGradient.ShouldBeTrue(name);
            if (name.EndsWith("lora_A.weight", StringComparison.Ordinal))
            {
                var bound = 1 / MathF.Sqrt(tensor.Columns);
                values.ShouldAllBe(value => MathF.Abs(value) <= bound, name);
                values.Max().ShouldBeGreaterThan(0.95f * bound, name);
                values.Min().ShouldBeLessThan(-0.95f * bound, name);
            }
            else if (name.EndsWith("lora_embedding_B", StringComparison.Ordinal))
            {
                Math.Sqrt(values.Average(value => value * value)).ShouldBe(1, 0.15, name);
            }
            else
            {
                values.ShouldAllBe(value => value == 0, name);
            }
        }
    }

    [Fact]
    public void Gaussian_initialisation_has_a_deviation_of_one_over_the_rank()
    {
        using var model = TestModels.Random("llama");
        var config = new LoraConfig { Rank = 16, Initialization = LoraInitialization.Gaussian };
        var a = Adapter.Create(model, config, seed: 1).Parameters.First().Tensor.ToFloats();
        Math.Sqrt(a.Average(value => value * value)).ShouldBe(1 / 16.0, 0.01);
    }

    [Theory]
    [InlineData("llama", "", false)]
    [InlineData("llama", Tied, false)]
    [InlineData("gemma2", "", false)]
    [InlineData("qwen2", Tied, true)]
    [InlineData("gemma2", "", true)]
    public void Attached_and_merged_compute_the_same(string type, string fields, bool dora)
    {
        using var model = TestModels.Random(type, fields);
        var before = Logits(model);
        var adapter = Random(model, dora);
        var attached = Logits(model);
        Numbers.LargestDifference(attached, before).ShouldBeGreaterThan(0.05f);
        adapter.Detach();
        Logits(model).ShouldBe(before);
        adapter.Merge();
        adapter.IsAttached.ShouldBeFalse();
        Logits(model).ShouldBeWithin(2e-5f, attached);
    }

    [Fact]
    public void An_update_of_the_tied_output_leaves_the_embedding_alone()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", Tied);
        var table = model.Embedding.Weight.ToFloats();
        var config = new LoraConfig
        {
            TargetModules = ModuleSelection.FromNames("lm_head"),
            Initialization = LoraInitialization.Random,
        };
        var adapter = Adapter.Create(model, config, seed: 1);
        var attached = Logits(model);
        adapter.Merge();
        model.IsTied.ShouldBeFalse();
        model.Embedding.Weight.ToFloats().ShouldBe(table);
        ModelSaver.Save(model, folder);
        using var loaded = ModelLoader.Load(folder);
        loaded.IsTied.ShouldBeFalse();
        Logits(loaded).ShouldBeWithin(2e-5f, attached);
    }

    [Fact]
    public void A_saved_module_of_a_tied_pair_is_trained_apart()
    {
        using var model = TestModels.Random("llama", Tied);
        var adapter = Adapter.Create(model, new LoraConfig { ModulesToSave = ["lm_head"] }, seed: 1);
        model.IsTied.ShouldBeFalse();
        model.Head.Weight.NeedsGradient.ShouldBeTrue();
        model.Embedding.Weight.NeedsGradient.ShouldBeFalse();
        adapter.Detach();
        model.IsTied.ShouldBeTrue();
    }

    [Fact]
    public void Dora_gives_rows_the_length_that_its_magnitude_says()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama");
        var config = new LoraConfig
        {
            Rank = 2,
            Alpha = 6,
            UseDora = true,
            TargetModules = ModuleSelection.FromNames("model.layers.1.mlp.up_proj"),
            Initialization = LoraInitialization.Random,
        };
        var adapter = Adapter.Create(model, config, seed: 1);
        var tensors = adapter.Parameters.Select(parameter => parameter.Tensor).ToArray();
        var (a, b, magnitude) = (tensors[0], tensors[1], tensors[2]);
        magnitude.AsFloats()[5] = 7;
        adapter.Detach();
        var weight = model["model.layers.1.mlp.up_proj.weight"].ToFloats();
        adapter.Attach();
        var effective = model["model.layers.1.mlp.up_proj.weight"].ToFloats();
        for (var row = 0; row < 40; row++)
        {
            var direction = new double[24];
            for (var i = 0; i < 24; i++)
            {
                direction[i] = weight[(row * 24) + i];
                for (var k = 0; k < 2; k++)
                {
                    direction[i] += 3.0 * b.AsFloats()[(row * 2) + k] * a.AsFloats()[(k * 24) + i];
                }
            }

            var length = Math.Sqrt(direction.Sum(x => x * x));
            for (var i = 0; i < 24; i++)
            {
                var expected = magnitude.AsFloats()[row] * direction[i] / length;
                ((double)effective[(row * 24) + i]).ShouldBe(expected, 1e-6);
            }
        }
    }

    [Fact]
    public void A_dora_adapter_is_saved_loaded_and_not_trained()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama");
        var adapter = Random(model, dora: true);
        var attached = Logits(model);
        adapter.Save(folder);
        adapter.Detach();
        var loaded = Adapter.Load(model, folder);
        Logits(model).ShouldBe(attached);
        Should.Throw<NotSupportedException>(() => loaded.SetTrainable(true)).Message.ShouldContain("DoRA");
    }

    [Theory]
    [InlineData("llama", "")]
    [InlineData("gemma2", "\"final_logit_softcapping\": 3.0")]
    public void Gradients_of_updated_embedding_and_output_follow_from_those_of_the_merged_weights(
        string type,
        string fields
    )
    {
        var tokens = TestModels.Tokens(12);
        using var model = TestModels.Random(type, fields);
        using var tape = new Tape(Compute.Device) { Recording = true };
        var config = new LoraConfig
        {
            Rank = 3,
            Alpha = 6,
            TargetModules = ModuleSelection.FromNames("lm_head", "embed_tokens"),
            Initialization = LoraInitialization.Random,
        };
        var adapter = Adapter.Create(model, config, seed: 1);
        var loss = model.Loss(tape, Batch.FromSequences(tokens), tokens, gradientScale: 0.5f);
        tape.Backward();
        var parameters = adapter.Parameters.ToDictionary(
            p => p.Name["base_model.model.".Length..],
            p => p.Tensor,
            StringComparer.Ordinal
        );

        adapter.Merge();
        model.SetTrainable(true);
        tape.Reset();
        var merged = model.Loss(tape, Batch.FromSequences(tokens), tokens, gradientScale: 0.5f);
        tape.Backward();
        loss.Sum.ShouldBe(merged.Sum, 1e-4);

        // For W + s · B · A: dA = s · Bᵀ · dW and dB = s · dW · Aᵀ; the embedding's A is transposed.
        var dHead = model.Head.Weight.Gradient!;
        var (headA, headB) = (parameters["lm_head.lora_A.weight"], parameters["lm_head.lora_B.weight"]);
        CheckProduct(headA.Gradient!, headB, transposeLeft: true, dHead, transposeRight: false);
        CheckProduct(headB.Gradient!, dHead, transposeLeft: false, headA, transposeRight: true);
        var dTable = model.Embedding.Weight.Gradient!;
        var embeddingA = parameters["model.embed_tokens.lora_embedding_A"];
        var embeddingB = parameters["model.embed_tokens.lora_embedding_B"];
        CheckProduct(embeddingA.Gradient!, dTable, transposeLeft: false, embeddingB, transposeRight: false);
        CheckProduct(embeddingB.Gradient!, dTable, transposeLeft: true, embeddingA, transposeRight: false);
    }

    [Fact]
    public void Dropout_is_the_same_when_layers_are_computed_again()
    {
        var tokens = TestModels.Tokens(12);
        using var model = TestModels.Random("llama");
        using var tape = new Tape(Compute.Device) { Recording = true, Training = true };
        var config = new LoraConfig { Dropout = 0.5, Initialization = LoraInitialization.Random };
        var adapter = Adapter.Create(model, config, seed: 1);
        var kept = Gradients(seed: 3);
        model.GradientCheckpointing = true;
        Gradients(seed: 3).ShouldBeWithin(1e-6f, kept);
        Numbers.LargestDifference(Gradients(seed: 4), kept).ShouldBeGreaterThan(1e-3f);

        float[] Gradients(ulong seed)
        {
            tape.Reset(seed);
            model.Loss(tape, Batch.FromSequences(tokens), tokens);
            tape.Backward();
            float[] all = [.. adapter.Parameters.SelectMany(p => p.Tensor.Gradient!.ToFloats())];
            foreach (var (_, tensor) in adapter.Parameters)
            {
                tensor.Gradient = null;
            }

            return all;
        }
    }

    [Fact]
    public void An_updated_output_predicts_only_tokens_of_the_vocabulary()
    {
        using var model = TestModels.Random("llama");
        using var tape = new Tape(Compute.Device);
        Adapter.Create(model, new LoraConfig { TargetModules = ModuleSelection.FromNames("lm_head") }, seed: 1);
        var batch = Batch.FromSequences([1, 2, 3]);
        model.Loss(tape, batch, [1, -100, 3]).Count.ShouldBe(1);
        Should.Throw<ArgumentOutOfRangeException>(() => model.Loss(tape, batch, [1, 61, 3]));
    }

    [Fact]
    public void Biases_are_trained_saved_and_merged()
    {
        using var folder = TestData.TempFolder();
        using var model = TestModels.Random("llama", "\"attention_bias\": true");
        var original = model["model.layers.0.self_attn.q_proj.bias"];
        var config = new LoraConfig { Bias = LoraBias.LoraOnly, Initialization = LoraInitialization.Random };
        var adapter = Adapter.Create(model, config, seed: 1);
        adapter.Parameters.Count(p => p.Name.EndsWith("base_layer.bias", StringComparison.Ordinal)).ShouldBe(6);
        TrainableParameters
            .OfAdapter(model.Config, config)
            .ShouldBe(new TrainableParameters(adapter.Count, model.ParameterCount + adapter.Count - (3 * (32 + 16))));
        var all = LoraTargets.Resolve(model.Config, config with { Bias = LoraBias.All });
        all.Biased.Count.ShouldBe(12);

        model["model.layers.0.self_attn.q_proj.bias"].ShouldNotBeSameAs(original);
        model["model.layers.0.self_attn.q_proj.bias"].AsFloats().Fill(0.5f);
        var attached = Logits(model);
        adapter.Save(folder);
        adapter.Detach();
        var loaded = Adapter.Load(model, folder);
        Logits(model).ShouldBe(attached);
        loaded.Merge();
        Logits(model).ShouldBeWithin(2e-5f, attached);
    }

    [Fact]
    public void Half_precision_weights_are_rounded_once()
    {
        using var folder = TestData.TempFolder();
        using (var wide = TestModels.Random("llama"))
        {
            ModelSaver.Save(wide, folder, new SaveOptions { DType = DType.BFloat16 });
        }

        using var model = ModelLoader.Load(folder);
        var before = Tensor.Create(DType.Float32, 32, 24);
        Conversion.Copy(model["model.layers.0.self_attn.q_proj.weight"], before);
        var adapter = Adapter.Create(
            model,
            new LoraConfig
            {
                Rank = 2,
                Alpha = 2,
                Initialization = LoraInitialization.Random,
            },
            seed: 1
        );
        var (a, b) = (
            adapter.Parameters.First().Tensor.ToFloats(),
            adapter.Parameters.Skip(1).First().Tensor.ToFloats()
        );
        adapter.Merge();
        var merged = model["model.layers.0.self_attn.q_proj.weight"];
        merged.DType.ShouldBe(DType.BFloat16);
        var after = Tensor.Create(DType.Float32, 32, 24);
        Conversion.Copy(merged, after);
        for (var i = 0; i < 32 * 24; i++)
        {
            var (row, column) = Math.DivRem(i, 24);
            var exact = before.AsFloats()[i] + (b[row * 2] * a[column]) + (b[(row * 2) + 1] * a[24 + column]);
            after.AsFloats()[i].ShouldBe(exact, MathF.Max(MathF.Abs(exact) / 256, 1e-6f));
        }
    }

    private static void CheckProduct(
        Tensor gradient,
        Tensor left,
        bool transposeLeft,
        Tensor right,
        bool transposeRight
    )
    {
        var expected = Tensor.Create(DType.Float32, gradient.Shape);
        Compute.Device.MatMul(left, transposeLeft, right, transposeRight, expected, alpha: 2);
        expected.ToFloats().Max().ShouldBeGreaterThan(1e-3f);
        gradient.ToFloats().ShouldBeWithin(2e-5f, expected.ToFloats());
    }

    private static Adapter Random(Transformer model, bool dora)
    {
        var config = new LoraConfig
        {
            Rank = 3,
            Alpha = 2,
            UseDora = dora,
            TargetModules = Everything,
            Initialization = LoraInitialization.Random,
        };
        return Adapter.Create(model, config, seed: 1);
    }

    private static float[] Logits(Transformer model)
    {
        using var tape = new Tape(Compute.Device);
        return model.Logits(tape, model.Forward(tape, Batch.FromSequences(TestModels.Tokens(9)))).ToFloats();
    }
}
