using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Luthier.Formats.PyTorch;

/// <summary>Emits pickle instructions of protocol 2, keeping values for reuse in the order in which Python's pickler does.</summary>
internal sealed class PickleWriter
{
    private readonly ArrayBufferWriter<byte> bytes = new();
    private readonly Dictionary<object, uint> memo = [];
    private uint kept;

    public PickleWriter() => Emit(PickleOpcode.Proto, 2);

    public byte[] Finish()
    {
        Emit(PickleOpcode.Stop);
        return bytes.WrittenSpan.ToArray();
    }

    public void Emit(PickleOpcode opcode, params ReadOnlySpan<byte> operand)
    {
        bytes.Write([(byte)opcode]);
        bytes.Write(operand);
    }

    /// <summary>Keeps the value on top of the stack, as the pickler does with all but numbers, booleans and None.</summary>
    /// <param name="value">To fetch it again with <see cref="TryGet"/>; null if that never happens.</param>
    public void Keep(object? value = null)
    {
        EmitIndex(PickleOpcode.BinPut, PickleOpcode.LongBinPut, kept);
        if (value is not null)
        {
            memo.Add(value, kept);
        }

        kept++;
    }

    /// <summary>Pushes a value that was kept.</summary>
    public bool TryGet(object value)
    {
        if (!memo.TryGetValue(value, out var index))
        {
            return false;
        }

        EmitIndex(PickleOpcode.BinGet, PickleOpcode.LongBinGet, index);
        return true;
    }

    /// <summary>Pushes a string that the pickler would meet as one object each time.</summary>
    public void Shared(string text)
    {
        if (!TryGet(text))
        {
            Text(text);
            Keep(text);
        }
    }

    /// <summary>Pushes a string that occurs once.</summary>
    public void Unique(string text)
    {
        Text(text);
        Keep();
    }

    public void Global(PickleGlobal name)
    {
        if (TryGet(name))
        {
            return;
        }

        Emit(PickleOpcode.Global, Encoding.ASCII.GetBytes($"{name.Module}\n{name.Name}\n"));
        Keep(name);
    }

    public void Integer(long value)
    {
        Span<byte> digits = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(digits, value);
        switch (value)
        {
            case >= 0 and <= byte.MaxValue:
                Emit(PickleOpcode.BinInt1, digits[..1]);
                break;
            case >= 0 and <= ushort.MaxValue:
                Emit(PickleOpcode.BinInt2, digits[..2]);
                break;
            case >= int.MinValue and <= int.MaxValue:
                Emit(PickleOpcode.BinInt, digits[..4]);
                break;
            default:
                var minimal = new BigInteger(value).ToByteArray();
                Emit(PickleOpcode.Long1, [(byte)minimal.Length, .. minimal]);
                break;
        }
    }

    public void Tuple(ReadOnlySpan<long> items)
    {
        if (items.Length > 3)
        {
            Emit(PickleOpcode.Mark);
        }

        foreach (var item in items)
        {
            Integer(item);
        }

        Emit(
            items.Length switch
            {
                0 => PickleOpcode.EmptyTuple,
                1 => PickleOpcode.Tuple1,
                2 => PickleOpcode.Tuple2,
                3 => PickleOpcode.Tuple3,
                _ => PickleOpcode.Tuple,
            }
        );
        if (items.Length > 0)
        {
            Keep();
        }
    }

    private void Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)utf8.Length);
        Emit(PickleOpcode.BinUnicode, length);
        bytes.Write(utf8);
    }

    private void EmitIndex(PickleOpcode near, PickleOpcode far, uint index)
    {
        Span<byte> digits = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(digits, index);
        if (index <= byte.MaxValue)
        {
            Emit(near, digits[..1]);
        }
        else
        {
            Emit(far, digits);
        }
    }
}
