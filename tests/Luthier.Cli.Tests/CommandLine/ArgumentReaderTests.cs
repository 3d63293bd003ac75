using System.CommandLine;
using Luthier.Cli.CommandLine;

namespace Luthier.Cli.Tests.CommandLine;

public sealed class ArgumentReaderTests
{
    [Theory]
    [InlineData("--base_model m", "--base-model m")]
    [InlineData("--base_model=m_n", "--base-model=m_n")]
    [InlineData("--base-model --not_an_option", "--base-model --not_an_option")]
    [InlineData("--train_on_inputs False", "--train-on-inputs=false")]
    [InlineData("--train-on-inputs --mode slow", "--train-on-inputs --mode slow")]
    [InlineData("--train-on-inputs=1", "--train-on-inputs=true")]
    [InlineData("train_on_inputs=no", "--train-on-inputs=false")]
    [InlineData("--no-train-on-inputs", "--train-on-inputs=false")]
    [InlineData("--no_train_on_inputs", "--train-on-inputs=false")]
    [InlineData("learning_rate=1e-4 batch_size=2", "--learning-rate=1e-4 --batch-size=2")]
    [InlineData("--targets q_proj v_proj --mode slow", "--targets q_proj v_proj --mode slow")]
    [InlineData("--targets q_proj v_proj mode=slow", "--targets q_proj v_proj --mode=slow")]
    public void Names_come_into_one_form(string typed, string expected)
    {
        var (tokens, problems) = Read(typed);
        problems.ShouldBeEmpty();
        string.Join(' ', tokens).ShouldBe("sample " + expected);
    }

    [Theory]
    [InlineData("--bas-model m", "--bas-model is not an option; did you mean --base-model?")]
    [InlineData("--zzzzzzz", "--zzzzzzz is not an option")]
    [InlineData("batchsize", "'batchsize' is not expected here; sample takes options only")]
    [InlineData("--train-on-inputs=maybe", "--train-on-inputs is 'maybe'; expected true or false")]
    [InlineData("--no-mode", "--no-mode is not an option; did you mean --mode?")]
    public void What_no_option_takes_is_a_problem(string typed, string expected) =>
        Read(typed).Problems[0].ShouldBe(expected);

    [Fact]
    public void A_verb_that_is_mistyped_gets_the_nearest_name() =>
        ArgumentReader.Read(Root(), ["sampel"]).Problems.ShouldBe(["'sampel' is not a verb; did you mean sample?"]);

    [Fact]
    public void Everything_after_two_hyphens_is_left_alone() =>
        ArgumentReader
            .Read(Root(takesArguments: true), ["sample", "--", "--base_model", "a=b"])
            .Tokens.ShouldBe(["sample", "--", "--base_model", "a=b"]);

    [Fact]
    public void Help_can_be_asked_for_as_a_verb() =>
        ArgumentReader.Read(Root(), ["help", "sample"]).Tokens.ShouldBe(["sample", "--help"]);

    [Fact]
    public void Every_option_of_every_verb_has_its_underscore_form()
    {
        RootCommand root = [.. Verbs.Roots()];
        foreach (var verb in Verbs.All())
        {
            var words = verb.Words.Split(' ');
            foreach (var option in verb.Options)
            {
                var typed = "--" + option.Name[2..].Replace('-', '_') + "=true";
                ArgumentReader.Read(root, [.. words, typed]).Tokens.ShouldBe([.. words, option.Name + "=true"]);
            }
        }
    }

    [Theory]
    [InlineData("bench serv", "'serv' is not a verb of bench; did you mean serve?")]
    [InlineData("bench serve --num_promts 3", "--num_promts is not an option; did you mean --num-prompts?")]
    public void A_group_has_verbs_of_its_own(string typed, string expected)
    {
        RootCommand root = [.. Verbs.Roots()];
        ArgumentReader.Read(root, typed.Split(' ')).Problems.ShouldContain(problem => problem == expected);
    }

    private static (List<string> Tokens, List<string> Problems) Read(string typed) =>
        ArgumentReader.Read(Root(), ["sample", .. typed.Split(' ')]);

    private static RootCommand Root(bool takesArguments = false) => [new SampleVerb(takesArguments)];
}
