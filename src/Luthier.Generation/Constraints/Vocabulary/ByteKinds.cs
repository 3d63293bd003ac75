namespace Luthier.Generation.Constraints.Vocabulary;

/// <summary>Bytes that most automata treat alike, as bits of a set of kinds.</summary>
internal static class ByteKinds
{
    public const int Count = 8;

    private static readonly byte[] Kinds =
    [
        .. Enumerable.Range(0, 256).Select(value => (byte)(1 << IndexOf((byte)value))),
    ];

    /// <summary>The bit of a byte's kind.</summary>
    public static byte Of(byte value) => Kinds[value];

    private static int IndexOf(byte value) =>
        value switch
        {
            >= (byte)'a' and <= (byte)'z' => 0,
            >= (byte)'A' and <= (byte)'Z' => 1,
            >= (byte)'0' and <= (byte)'9' => 2,
            (byte)' ' => 3,
            (byte)'"' or (byte)'\\' => 4,
            < 0x20 or 0x7F => 5,
            >= 0x80 => 6,
            _ => 7,
        };
}
