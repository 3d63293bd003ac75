using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>
/// The order of the rows that queries and keys come from. Hugging Face rotates element i of a head of d with element
/// i + d/2; Meta's files, and GGUF files of its architecture, hold such pairs side by side. A row's bytes stay together,
/// so that this serves every element type.
/// </summary>
internal static unsafe class HeadRows
{
    /// <summary>A copy with pairs side by side: row i of a head goes to 2i, row i + d/2 to 2i + 1.</summary>
    public static Tensor Interleave(Tensor tensor, int heads) => Copy(tensor, heads, interleave: true);

    /// <summary>A copy with pairs half a head apart; undoes <see cref="Interleave"/>.</summary>
    public static Tensor Separate(Tensor tensor, int heads) => Copy(tensor, heads, interleave: false);

    // A bias is a column: its rows are its elements.
    private static Tensor Copy(Tensor tensor, int heads, bool interleave)
    {
        var rows = tensor.Rank == 1 ? tensor.Columns : tensor.Rows;
        var rowBytes = rows == 0 ? 0 : tensor.Bytes / rows;
        var half = rows / heads / 2;
        var copy = Tensor.Create(tensor.DType, tensor.Shape);
        for (var head = 0; head < heads; head++)
        {
            for (var i = 0; i < 2 * half; i++)
            {
                var separate = (head * 2L * half) + (i % 2 * half) + (i / 2);
                var interleaved = (head * 2L * half) + i;
                var (from, to) = interleave ? (separate, interleaved) : (interleaved, separate);
                Buffer.MemoryCopy(tensor.Data + (from * rowBytes), copy.Data + (to * rowBytes), rowBytes, rowBytes);
            }
        }

        GC.KeepAlive(tensor);
        return copy;
    }
}
