using Luthier.Tensors;

namespace Luthier.Formats;

/// <summary>A tensor to be written: its type and shape now, its data when the writer gets to it.</summary>
/// <param name="Info">What the file's header will say.</param>
/// <param name="Load">
/// Gives the data, with the type and shape of <paramref name="Info"/>; called once for each write and not kept, so
/// that a converted copy lives only as long as it is written.
/// </param>
public sealed record TensorSource(TensorInfo Info, Func<Tensor> Load)
{
    /// <summary>A tensor in memory. Tensors that are the same memory are tied.</summary>
    public static unsafe TensorSource From(string name, Tensor tensor)
    {
        object? storage = tensor.Bytes == 0 ? null : ((nint)tensor.Data, tensor.Bytes);
        return new(new TensorInfo(name, tensor.DType, tensor.Shape) { Storage = storage }, () => tensor);
    }

    /// <summary>Writes the data to <paramref name="stream"/>.</summary>
    internal void CopyTo(Stream stream)
    {
        var tensor = Load();
        if (tensor.DType != Info.DType || !tensor.Shape.SequenceEqual(Info.Shape))
        {
            throw new InvalidOperationException($"{Info} was announced, but {tensor.Describe()} was given");
        }

        tensor.WriteTo(stream);
    }
}

internal static unsafe class TensorStreamExtensions
{
    private const int ChunkBytes = 1 << 26;

    /// <summary>Writes the raw elements, of any size, to <paramref name="stream"/>.</summary>
    public static void WriteTo(this Tensor tensor, Stream stream)
    {
        for (var offset = 0L; offset < tensor.Bytes; offset += ChunkBytes)
        {
            var count = (int)Math.Min(ChunkBytes, tensor.Bytes - offset);
            stream.Write(new ReadOnlySpan<byte>(tensor.Data + offset, count));
        }

        GC.KeepAlive(tensor);
    }
}
