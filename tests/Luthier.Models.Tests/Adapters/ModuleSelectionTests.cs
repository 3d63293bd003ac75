using Luthier.Models.Adapters;
using Luthier.Models.Configuration;
using Luthier.Models.Tests.Fixtures;

namespace Luthier.Models.Tests.Adapters;

public sealed class ModuleSelectionTests
{
    private static readonly ModelConfig Model = TestModels.Config("llama");

    [Theory]
    [InlineData("q_proj,v_proj", "q_proj, v_proj")]
    [InlineData("q_proj v_proj", "q_proj, v_proj")]
    [InlineData("[q_proj,v_proj]", "q_proj, v_proj")]
    [InlineData("['q_proj', \"v_proj\"]", "q_proj, v_proj")]
    [InlineData("q_proj,q_proj", "q_proj")]
    [InlineData("layers.1.mlp.up_proj", "layers.1.mlp.up_proj")]
    [InlineData("all-linear", "all-linear")]
    [InlineData("ALL-LINEAR", "all-linear")]
    [InlineData(@".*\.(q|k)_proj", @".*\.(q|k)_proj")]
    public void What_a_user_types(string text, string expected) =>
        ModuleSelection.Parse(text).ToString().ShouldBe(expected);

    [Fact]
    public void Several_values_are_names()
    {
        ModuleSelection.Parse("q_proj", "v_proj").Names.ShouldBe(["q_proj", "v_proj"]);
        ModuleSelection.Parse(@".*q_proj").Pattern.ShouldBe(".*q_proj");
        Should.Throw<ArgumentException>(() => ModuleSelection.Parse("q_proj", ".*v_proj"));
        Should.Throw<ArgumentException>(() => ModuleSelection.Parse(""));
        Should.Throw<ArgumentException>(() => ModuleSelection.Parse("(q_proj"));
    }

    [Fact]
    public void A_name_must_be_the_whole_name_or_its_end_after_a_dot()
    {
        var selection = ModuleSelection.FromNames("q_proj", "lm_head");
        selection.Matches("model.layers.0.self_attn.q_proj").ShouldBeTrue();
        selection.Matches("lm_head").ShouldBeTrue();
        selection.Matches("model.layers.0.self_attn.my_q_proj").ShouldBeFalse();
        selection.Matches("model.q_proj.inner").ShouldBeFalse();
    }

    [Fact]
    public void A_pattern_must_match_the_whole_name_as_python_would()
    {
        var selection = ModuleSelection.FromPattern(@"(?P<where>.*)\.q_proj|lm_head");
        selection.Matches("model.layers.0.self_attn.q_proj").ShouldBeTrue();
        selection.Matches("lm_head").ShouldBeTrue();
        selection.Matches("lm_head.extra").ShouldBeFalse();
        selection.Matches("x.lm_head").ShouldBeFalse();
        ModuleSelection.FromPattern("q_proj").Matches("model.layers.0.self_attn.q_proj").ShouldBeFalse();
    }

    [Fact]
    public void All_linear_is_every_projection_but_the_outputs()
    {
        var targets = LoraTargets.Resolve(Model, new LoraConfig { TargetModules = ModuleSelection.AllLinear });
        targets.Config.TargetModules.Names.ShouldBe([
            "q_proj",
            "k_proj",
            "v_proj",
            "o_proj",
            "gate_proj",
            "up_proj",
            "down_proj",
        ]);
        targets.Updated.Count.ShouldBe(3 * 7);
    }

    [Fact]
    public void Modules_can_be_excluded_by_name_or_pattern()
    {
        var config = new LoraConfig { TargetModules = ModuleSelection.AllLinear };
        var byName = config with { ExcludeModules = ModuleSelection.FromNames("layers.1.self_attn.q_proj", "o_proj") };
        Names(byName).Contains("model.layers.1.self_attn.q_proj", StringComparer.Ordinal).ShouldBeFalse();
        Names(byName).Count().ShouldBe(21 - 4);
        Names(config with { ExcludeModules = ModuleSelection.FromPattern(@".*mlp\..*") }).Count().ShouldBe(12);
    }

    [Fact]
    public void Layers_can_be_chosen_by_number_and_by_what_stands_before_it()
    {
        var config = new LoraConfig { LayersToTransform = [0, 2] };
        Names(config).Count().ShouldBe(4);
        Names(config with { LayersPattern = ["layers"] }).Count().ShouldBe(4);
        Should
            .Throw<ArgumentException>(() => Names(config with { LayersPattern = ["blocks"] }))
            .Message.ShouldContain("select nothing");
        var whole = config with { TargetModules = ModuleSelection.FromNames("model.layers.1.self_attn.q_proj") };
        Names(whole).ShouldBe(["model.layers.1.self_attn.q_proj"]);
    }

    [Fact]
    public void Ranks_and_alphas_follow_the_most_fitting_pattern()
    {
        var config = new LoraConfig
        {
            Rank = 8,
            Alpha = 16,
            RankPattern = new Dictionary<string, int>(StringComparer.Ordinal)
            {
                [@"layers\.1\..*"] = 2,
                ["v_proj"] = 4,
            },
            AlphaPattern = new Dictionary<string, double>(StringComparer.Ordinal) { ["q_proj"] = 1 },
        };
        var targets = LoraTargets
            .Resolve(Model, config)
            .Updated.ToDictionary(
                target => target.Module.Name["model.layers.".Length..],
                target => (target.Rank, target.Scale),
                StringComparer.Ordinal
            );
        targets["0.self_attn.q_proj"].ShouldBe((8, 1f / 8));
        targets["0.self_attn.v_proj"].ShouldBe((4, 16f / 4));
        targets["1.self_attn.q_proj"].ShouldBe((2, 1f / 2));
        targets["1.self_attn.v_proj"].ShouldBe((2, 16f / 2));
    }

    [Fact]
    public void Rank_stabilisation_divides_by_the_root() =>
        LoraTargets
            .Resolve(
                Model,
                new LoraConfig
                {
                    Rank = 16,
                    Alpha = 8,
                    UseRankStabilized = true,
                }
            )
            .Updated.ShouldAllBe(target => target.Scale == 2);

    [Theory]
    [InlineData(
        "nothing",
        "select nothing in the model: its projections are q_proj, k_proj, v_proj, o_proj, gate_proj"
    )]
    [InlineData("self_attn", "include model.layers.0.self_attn, which is neither a projection nor an embedding")]
    [InlineData("input_layernorm", "include model.layers.0.input_layernorm")]
    public void What_cannot_carry_an_adapter_is_named(string names, string expected) =>
        Should
            .Throw<ArgumentException>(() => Names(new LoraConfig { TargetModules = ModuleSelection.Parse(names) }))
            .Message.ShouldContain(expected);

    [Fact]
    public void Modules_to_save_must_be_there_and_take_the_place_of_an_update()
    {
        var config = new LoraConfig { TargetModules = ModuleSelection.FromNames("q_proj", "mlp") };
        Should
            .Throw<ArgumentException>(() => Names(new LoraConfig { ModulesToSave = ["classifier"] }))
            .Message.ShouldContain("no module classifier");
        var targets = LoraTargets.Resolve(Model, config with { ModulesToSave = ["mlp", "norm"] });
        targets.Updated.Count.ShouldBe(3);
        targets
            .Saved.Select(module => module.Name)
            .ShouldBe([
                .. Enumerable
                    .Range(0, 3)
                    .SelectMany(layer =>
                        (
                            (string[])
                                [
                                    "mlp.gate_proj",
                                    "mlp.up_proj",
                                    "mlp.down_proj",
                                    "input_layernorm",
                                    "post_attention_layernorm",
                                ]
                        ).Select(name => $"model.layers.{layer}.{name}")
                    ),
                "model.norm",
            ]);
    }

    [Fact]
    public void A_pattern_that_takes_forever_is_stopped()
    {
        var config = new LoraConfig { TargetModules = ModuleSelection.FromPattern("(([a-z._0-9]+)+)+!") };
        Should.Throw<ArgumentException>(() => Names(config)).Message.ShouldContain("takes too long");
    }

    private static IEnumerable<string> Names(LoraConfig config) =>
        LoraTargets.Resolve(Model, config).Updated.Select(target => target.Module.Name);
}
