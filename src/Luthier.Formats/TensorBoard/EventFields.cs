using Google.Protobuf;

namespace Luthier.Formats.TensorBoard;

/// <summary>The fields used of TensorFlow's Event, Summary and Summary.Value messages, with their wire types.</summary>
internal static class EventFields
{
    public const uint WallTime = 1 << 3 | (uint)WireFormat.WireType.Fixed64;
    public const uint Step = 2 << 3 | (uint)WireFormat.WireType.Varint;
    public const uint FileVersion = 3 << 3 | (uint)WireFormat.WireType.LengthDelimited;
    public const uint Summary = 5 << 3 | (uint)WireFormat.WireType.LengthDelimited;
    public const uint SummaryValue = 1 << 3 | (uint)WireFormat.WireType.LengthDelimited;
    public const uint ValueTag = 1 << 3 | (uint)WireFormat.WireType.LengthDelimited;
    public const uint ValueScalar = 2 << 3 | (uint)WireFormat.WireType.Fixed32;
}
