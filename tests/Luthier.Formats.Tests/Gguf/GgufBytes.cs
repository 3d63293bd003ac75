using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Luthier.Formats.Tests.Gguf;

/// <summary>Writes GGUF bytes one field after another, sound or not, without the product's writer.</summary>
internal sealed class GgufBytes
{
    private readonly ArrayBufferWriter<byte> written = new();

    public GgufBytes(ulong tensors, ulong values, uint version = 3, string magic = "GGUF")
    {
        written.Write(Encoding.ASCII.GetBytes(magic));
        U32(version).U64(tensors).U64(values);
    }

    public GgufBytes Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    public GgufBytes Text(byte[] bytes)
    {
        U64((ulong)bytes.Length);
        written.Write(bytes);
        return this;
    }

    public GgufBytes U8(byte value)
    {
        written.Write([value]);
        return this;
    }

    public GgufBytes U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(written.GetSpan(4), value);
        written.Advance(4);
        return this;
    }

    public GgufBytes U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(written.GetSpan(8), value);
        written.Advance(8);
        return this;
    }

    public GgufBytes F32(float value) => U32(BitConverter.SingleToUInt32Bits(value));

    /// <summary>A tensor's entry: name, dimensions (the fastest first), type, offset.</summary>
    public GgufBytes Tensor(string name, ulong[] dimensions, uint type, ulong offset)
    {
        Text(name).U32((uint)dimensions.Length);
        foreach (var dimension in dimensions)
        {
            U64(dimension);
        }

        return U32(type).U64(offset);
    }

    /// <summary>Zeros up to the next multiple of the alignment, then so many bytes of data.</summary>
    public byte[] WithData(int bytes, int alignment = 32)
    {
        var padding = (alignment - (written.WrittenCount % alignment)) % alignment;
        written.Write(new byte[padding + bytes]);
        return ToArray();
    }

    public byte[] ToArray() => written.WrittenSpan.ToArray();
}
