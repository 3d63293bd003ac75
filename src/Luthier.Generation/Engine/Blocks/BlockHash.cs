using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Luthier.Generation.Engine.Blocks;

/// <summary>
/// What a full block's keys and values depend on: its tokens, all tokens before them, the adapter and the cache salt.
/// Half of a SHA-256, so that nobody can make a block that is taken for another's.
/// </summary>
internal static class BlockHash
{
    private const int HashBytes = 16;

    /// <summary>What stands for the tokens before the first.</summary>
    /// <param name="adapter">Number of the loaded adapter; 0: none.</param>
    /// <param name="salt">Only requests with the same salt share blocks; null: those without one.</param>
    public static UInt128 Root(long adapter, string? salt)
    {
        // A missing salt differs from an empty one.
        var text = Encoding.UTF8.GetBytes(salt is null ? "" : "s" + salt);
        var input = new byte[sizeof(long) + text.Length];
        BinaryPrimitives.WriteInt64LittleEndian(input, adapter);
        text.CopyTo(input, sizeof(long));
        return Hash(input);
    }

    /// <param name="parent">The hash of the block before, or the root.</param>
    /// <param name="tokens">The block's tokens.</param>
    public static UInt128 Next(UInt128 parent, ReadOnlySpan<int> tokens)
    {
        var bytes = MemoryMarshal.AsBytes(tokens);
        Span<byte> input = stackalloc byte[HashBytes + bytes.Length];
        BinaryPrimitives.WriteUInt128LittleEndian(input, parent);
        bytes.CopyTo(input[HashBytes..]);
        return Hash(input);
    }

    private static UInt128 Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
