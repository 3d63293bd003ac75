using Luthier.Cli.CommandLine;
using Luthier.Cli.Evaluate;
using Luthier.Cli.Export;
using Luthier.Cli.Generate;
using Luthier.Cli.Inspect;
using Luthier.Cli.Merge;
using Luthier.Cli.Quickstart;
using Luthier.Cli.Tokenize;
using Luthier.Cli.Tune;

namespace Luthier.Cli;

/// <summary>The verbs, in the order in which the help lists them.</summary>
internal static class Verbs
{
    public static IEnumerable<Verb> All() =>
        [
            new QuickstartVerb(),
            new TuneVerb(),
            new MergeVerb(),
            new ExportVerb(),
            new GenerateVerb(),
            new EvaluateVerb(),
            new InspectVerb(),
            new TokenizeVerb(),
        ];
}
