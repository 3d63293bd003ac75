using Luthier.Tensors.Assembly;

namespace Luthier.Cli.CommandLine;

/// <summary>What holds for every verb.</summary>
/// <param name="Threads">Threads to compute with, 1 or more.</param>
/// <param name="InstructionSet">The instruction-set path to force, or null for the best that this CPU has.</param>
/// <param name="Verbose">Whether a failure shows its stack trace.</param>
internal sealed record HostSettings(int Threads, Isa? InstructionSet, bool Verbose);
