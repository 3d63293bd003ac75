using Luthier.Tensors;

namespace Luthier.Formats;

/// <summary>An open file of named tensors. Tensors it gives are valid until it is disposed.</summary>
public interface ITensorFile : IDisposable
{
    /// <summary>The file, as the user named it.</summary>
    string Path { get; }

    /// <summary>What the file holds, in the file's order.</summary>
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>The data, without copying where the file's layout allows it. It must not be written to.</summary>
    /// <exception cref="InvalidFileException">The file has no such tensor.</exception>
    Tensor Get(string name);
}
