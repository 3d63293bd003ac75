using System.Buffers.Binary;
using System.Text;

namespace Luthier.Formats.PyTorch;

/// <summary>What the names and persistent ids of a pickle stand for.</summary>
internal interface IPickleObjects
{
    /// <summary>Whether a pickle may mention this name.</summary>
    bool Allows(PickleGlobal name);

    /// <summary>The value of <c>callable(*arguments)</c>.</summary>
    /// <exception cref="PickleException">It can't be called so.</exception>
    object? Call(PickleGlobal callable, object?[] arguments);

    /// <summary>The object that lies outside the pickle.</summary>
    /// <exception cref="PickleException">There is none.</exception>
    object Load(object? persistentId);
}

/// <summary>What is wrong with a pickle; the file's reader adds its name.</summary>
internal sealed class PickleException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Runs pickles of protocol 2 without running anything: a pickle is a program, and Python's own reader would call what
/// it names. Instructions and names beyond those that files of tensors need are refused. Memory is bounded by the
/// pickle's length, and nothing recurses, whatever the values refer to.
/// </summary>
internal ref struct PickleReader
{
    private const int MaxNameBytes = 256;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly object MarkObject = new();

    private readonly ReadOnlySpan<byte> bytes;
    private readonly IPickleObjects objects;
    private readonly List<object?> stack = [];
    private readonly Dictionary<uint, object?> memo = [];
    private int position;

    private PickleReader(ReadOnlySpan<byte> bytes, IPickleObjects objects)
    {
        this.bytes = bytes;
        this.objects = objects;
    }

    /// <summary>The value of the whole pickle.</summary>
    /// <exception cref="PickleException">The pickle is unsound, or asks for what is not allowed.</exception>
    public static object? Read(ReadOnlySpan<byte> bytes, IPickleObjects objects)
    {
        var reader = new PickleReader(bytes, objects);
        var at = 0;
        try
        {
            while (true)
            {
                at = reader.position;
                var opcode = (PickleOpcode)reader.Take(1)[0];
                if (opcode == PickleOpcode.Stop)
                {
                    return reader.Stop();
                }

                reader.Run(opcode);
            }
        }
        catch (PickleException exception)
        {
            throw new PickleException($"at byte {at}: {exception.Message}", exception);
        }
    }

    private void Run(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto:
                CheckProtocol(Take(1)[0]);
                break;
            case PickleOpcode.Mark:
                stack.Add(MarkObject);
                break;
            case PickleOpcode.BinGet:
            case PickleOpcode.LongBinGet:
                Get(opcode == PickleOpcode.BinGet ? Take(1)[0] : TakeUInt32());
                break;
            case PickleOpcode.BinPut:
            case PickleOpcode.LongBinPut:
                memo[opcode == PickleOpcode.BinPut ? Take(1)[0] : TakeUInt32()] = Peek();
                break;
            case PickleOpcode.Append:
                Append(stack.Count - 1);
                break;
            case PickleOpcode.Appends:
                Append(PopMark());
                break;
            case PickleOpcode.SetItem:
                SetItems(stack.Count - 2);
                break;
            case PickleOpcode.SetItems:
                SetItems(PopMark());
                break;
            case PickleOpcode.Build:
                Build();
                break;
            case PickleOpcode.Global:
                stack.Add(Global());
                break;
            case PickleOpcode.Reduce:
            case PickleOpcode.NewObj:
                Call();
                break;
            case PickleOpcode.BinPersId:
                stack.Add(objects.Load(Pop()));
                break;
            case PickleOpcode.Tuple:
                var first = PopMark();
                PushTuple(stack.Count - first);
                break;
            case PickleOpcode.EmptyTuple:
                PushTuple(0);
                break;
            case PickleOpcode.Tuple1:
                PushTuple(1);
                break;
            case PickleOpcode.Tuple2:
                PushTuple(2);
                break;
            case PickleOpcode.Tuple3:
                PushTuple(3);
                break;
            default:
                stack.Add(Constant(opcode));
                break;
        }
    }

    private object? Constant(PickleOpcode opcode) =>
        opcode switch
        {
            PickleOpcode.None => null,
            PickleOpcode.NewTrue => true,
            PickleOpcode.NewFalse => false,
            PickleOpcode.BinInt => (long)BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int))),
            PickleOpcode.BinInt1 => (long)Take(1)[0],
            PickleOpcode.BinInt2 => (long)BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort))),
            PickleOpcode.Long1 => TakeLong(),
            PickleOpcode.BinFloat => BinaryPrimitives.ReadDoubleBigEndian(Take(sizeof(double))),
            PickleOpcode.BinUnicode => Text(Take(TakeUInt32())),
            PickleOpcode.ShortBinString => Text(Take(Take(1)[0])),
            PickleOpcode.EmptyDict => new PickleDictionary(),
            PickleOpcode.EmptyList => new List<object?>(),
            PickleOpcode.EmptySet => new PickleSet(),
            _ => throw new PickleException($"instruction 0x{(byte)opcode:x2} is not one that files of tensors need"),
        };

    private readonly object? Stop() =>
        stack.Count == 1 && !ReferenceEquals(stack[0], MarkObject)
            ? stack[0]
            : throw new PickleException($"{stack.Count} values are left at the end instead of one");

    private static void CheckProtocol(byte protocol)
    {
        if (protocol != 2)
        {
            throw new PickleException($"protocol {protocol} instead of 2");
        }
    }

    private readonly void Get(uint index)
    {
        if (!memo.TryGetValue(index, out var value))
        {
            throw new PickleException($"value {index} is used before it was kept");
        }

        stack.Add(value);
    }

    private PickleGlobal Global()
    {
        var name = new PickleGlobal(TakeLine(), TakeLine());
        return objects.Allows(name)
            ? name
            : throw new PickleException($"it asks for {name}, which files of tensors have no use for; nothing was run");
    }

    private readonly void Call()
    {
        var arguments = Pop();
        var callable = Pop();
        if (callable is not PickleGlobal name || arguments is not PickleTuple tuple)
        {
            throw new PickleException("a call of something that is not a function");
        }

        stack.Add(objects.Call(name, tuple.Items));
    }

    /// <summary>Attributes of a dictionary, such as the module versions in a state dictionary's _metadata: not needed.</summary>
    private readonly void Build()
    {
        Pop();
        if (Peek() is not PickleDictionary)
        {
            throw new PickleException("attributes for something that is not a dictionary");
        }
    }

    private readonly void Append(int first)
    {
        if (first < 1 || stack[first - 1] is not List<object?> list)
        {
            throw new PickleException("an item without a list");
        }

        for (var i = first; i < stack.Count; i++)
        {
            list.Add(Value(i));
        }

        stack.RemoveRange(first, stack.Count - first);
    }

    private readonly void SetItems(int first)
    {
        if (first < 1 || stack[first - 1] is not PickleDictionary dictionary || (stack.Count - first) % 2 != 0)
        {
            throw new PickleException("an item without a dictionary");
        }

        for (var i = first; i < stack.Count; i += 2)
        {
            var key = Value(i);
            if (key is not (string or long or double or bool))
            {
                throw new PickleException("a key that is neither string nor number");
            }

            if (!dictionary.TryAdd(key, Value(i + 1)))
            {
                throw new PickleException($"key '{key}' is given twice");
            }
        }

        stack.RemoveRange(first, stack.Count - first);
    }

    private readonly void PushTuple(int count)
    {
        var items = count == 0 ? [] : new object?[count];
        for (var i = count - 1; i >= 0; i--)
        {
            items[i] = Pop();
        }

        stack.Add(new PickleTuple(items));
    }

    /// <summary>Removes the topmost mark and gives the index of the first value above it.</summary>
    private readonly int PopMark()
    {
        var index = stack.LastIndexOf(MarkObject);
        if (index < 0)
        {
            throw new PickleException("a group that was not begun");
        }

        stack.RemoveAt(index);
        return index;
    }

    private readonly object? Pop()
    {
        var value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private readonly object? Peek() =>
        stack.Count > 0 ? Value(stack.Count - 1) : throw new PickleException("a value is missing");

    private readonly object? Value(int index) =>
        ReferenceEquals(stack[index], MarkObject) ? throw new PickleException("a value is missing") : stack[index];

    private long TakeLong()
    {
        var digits = Take(Take(1)[0]);
        if (digits.Length > sizeof(long))
        {
            throw new PickleException($"an integer of {digits.Length} bytes");
        }

        var value = 0L;
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            value = (i == digits.Length - 1 ? (sbyte)digits[i] : value << 8 | digits[i]);
        }

        return value;
    }

    private string TakeLine()
    {
        var rest = bytes[position..];
        var length = rest[..Math.Min(rest.Length, MaxNameBytes)].IndexOf((byte)'\n');
        if (length < 0)
        {
            throw new PickleException("a name without end");
        }

        var line = Take((uint)length);
        position++;
        return line.ContainsAnyExceptInRange((byte)'!', (byte)'~')
            ? throw new PickleException("a name with characters that names do not have")
            : Text(line);
    }

    private uint TakeUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > (uint)(bytes.Length - position))
        {
            throw new PickleException($"the pickle ends {count - (uint)(bytes.Length - position)} bytes too early");
        }

        var taken = bytes.Slice(position, (int)count);
        position += (int)count;
        return taken;
    }

    private static string Text(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException exception)
        {
            throw new PickleException("a string that is not UTF-8", exception);
        }
    }
}
