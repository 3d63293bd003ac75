using Luthier.Tensors.Assembly;
using Luthier.Tensors.Devices;

namespace Luthier.Cli.CommandLine;

/// <summary>What holds for every verb.</summary>
/// <param name="Threads">Threads to compute with, 1 or more.</param>
/// <param name="InstructionSet">The instruction-set path to force, or null for the best that this CPU has.</param>
/// <param name="Verbose">Whether a failure shows its stack trace.</param>
internal sealed record HostSettings(int Threads, Isa? InstructionSet, bool Verbose)
{
    /// <summary>What computes, as the settings say; the caller disposes it.</summary>
    /// <exception cref="UsageException">This machine can't run the instruction set that was asked for.</exception>
    public Device CreateDevice()
    {
        try
        {
            return CpuDevice.Create(Threads, InstructionSet);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"{GlobalOptions.InstructionSetVariable}: {exception.Message}");
        }
    }
}
