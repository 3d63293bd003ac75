using System.CommandLine;
using Luthier.Cli.CommandLine;

namespace Luthier.Cli.Tests.CommandLine;

/// <summary>A verb with an option of each kind.</summary>
internal sealed class SampleVerb : Verb
{
    public SampleVerb(bool takesArguments = false)
        : base("sample", "Tries the options")
    {
        AddGroup("Group", Size, Rate, Mode, Quick, BaseModel, Targets);
        Require(BaseModel);
        if (takesArguments)
        {
            Arguments.Add(new Argument<string[]>("text") { Arity = ArgumentArity.ZeroOrMore });
        }
    }

    public Option<int> Size { get; } = OptionOf.Integer("--batch-size", "Rows", 128, 1);

    public Option<double> Rate { get; } = OptionOf.Number("--learning-rate", "Rate", 3e-4, 0);

    public Option<string> Mode { get; } = OptionOf.Choice("--mode", "Mode", "fast", "fast", "slow");

    public Option<bool> Quick { get; } = OptionOf.Switch("--train-on-inputs", "Switch", fallback: true);

    public Option<string?> BaseModel { get; } = OptionOf.Text("--base-model", "Model");

    public Option<string[]> Targets { get; } =
        new("--targets") { AllowMultipleArgumentsPerToken = true, HelpName = "NAME" };

    public override IReadOnlyList<Example> Examples => [new("Try it", "luthier sample --base-model m")];

    public override IEnumerable<string> Check(Invocation invocation)
    {
        if (invocation.Get(Size) % 2 != 0)
        {
            yield return "--batch-size must be even";
        }
    }

    public override int Run(Invocation invocation, CancellationToken cancellation) => 0;
}
