using Luthier.Formats;
using Luthier.Formats.Files;
using Luthier.Formats.Safetensors;
using Luthier.Tensors;

namespace Luthier.Cli.Generate;

/// <summary>Logits for other programs to compare with: one tensor <c>logits</c> in float32.</summary>
internal static class LogitsFile
{
    public static void Write(string path, Tensor logits) =>
        AtomicFile.Write(path, stream => SafetensorsWriter.Write(stream, [TensorSource.From("logits", logits)]));
}
