using System.CommandLine;
using Luthier.Cli.Bench;
using Luthier.Cli.Chat;
using Luthier.Cli.CommandLine;
using Luthier.Cli.Conversion;
using Luthier.Cli.Evaluate;
using Luthier.Cli.Export;
using Luthier.Cli.Generate;
using Luthier.Cli.Inspect;
using Luthier.Cli.Merge;
using Luthier.Cli.Quickstart;
using Luthier.Cli.Render;
using Luthier.Cli.Serve;
using Luthier.Cli.Tokenize;
using Luthier.Cli.Tune;

namespace Luthier.Cli;

/// <summary>The verbs, in the order in which the help lists them.</summary>
internal static class Verbs
{
    /// <summary>Every verb, also those in groups.</summary>
    public static IEnumerable<Verb> All() =>
        Roots().SelectMany(command => command is VerbGroup group ? group.Subcommands : [command]).Cast<Verb>();

    public static IEnumerable<Command> Roots() =>
        [
            new QuickstartVerb(),
            new TuneVerb(),
            new MergeVerb(),
            new ExportVerb(),
            new ConvertVerb(),
            new QuantizeVerb(),
            new GenerateVerb(),
            new ServeVerb(),
            new ChatVerb(),
            new EvaluateVerb(),
            new InspectVerb(),
            new TokenizeVerb(),
            new RenderVerb(),
            new VerbGroup("bench", "Measure how fast something is.", new BenchServeVerb()),
        ];
}
