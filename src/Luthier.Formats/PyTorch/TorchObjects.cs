namespace Luthier.Formats.PyTorch;

/// <summary>The few names that a pickle of tensors may mention, and what they make.</summary>
internal sealed class TorchObjects(IReadOnlyDictionary<string, ZipEntry> entries, string root, long maxTensorBytes)
    : IPickleObjects
{
    public static readonly PickleGlobal OrderedDictionary = new("collections", "OrderedDict");
    public static readonly PickleGlobal RebuildTensor = new("torch._utils", "_rebuild_tensor_v2");
    private static readonly PickleGlobal RebuildParameter = new("torch._utils", "_rebuild_parameter");
    private static readonly PickleGlobal Size = new("torch", "Size");

    public bool Allows(PickleGlobal name) =>
        name == OrderedDictionary
        || name == RebuildTensor
        || name == RebuildParameter
        || name == Size
        || TorchDType.TryParse(name, out _);

    public object? Call(PickleGlobal callable, object?[] arguments)
    {
        if (callable == OrderedDictionary)
        {
            return MakeDictionary(arguments);
        }

        if (callable == RebuildTensor)
        {
            return MakeTensor(arguments);
        }

        if (callable == RebuildParameter && arguments is [TorchTensor tensor, bool, PickleDictionary])
        {
            return tensor;
        }

        return callable == Size && arguments is [PickleTuple or List<object?>]
            ? new PickleTuple(Items(arguments[0]))
            : throw new PickleException($"a call of {callable} that PyTorch does not make");
    }

    public object Load(object? persistentId)
    {
        if (
            persistentId is not PickleTuple { Items: ["storage", PickleGlobal type, string key, string, long count] }
            || !TorchDType.TryParse(type, out var dtype)
        )
        {
            throw new PickleException("a persistent id that is not ('storage', type, key, location, count)");
        }

        var name = $"{root}/data/{key}";
        if (!entries.TryGetValue(name, out var entry))
        {
            throw new PickleException($"storage '{key}' is not in the archive");
        }

        if (count < 0 || (UInt128)count * (UInt128)Tensors.DTypeExtensions.Size(dtype) != (UInt128)entry.Bytes)
        {
            throw new PickleException($"storage '{key}' of {count} elements of {type.Name} has {entry.Bytes} bytes");
        }

        return new TorchStorage(dtype, entry, count);
    }

    private static PickleDictionary MakeDictionary(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments is [List<object?> pairs])
        {
            foreach (var pair in pairs)
            {
                if (
                    Items(pair) is not [string or long or double or bool, _] items
                    || !dictionary.TryAdd(items[0]!, items[1])
                )
                {
                    throw new PickleException("an OrderedDict of something that is not pairs with different keys");
                }
            }

            return dictionary;
        }

        return arguments.Length == 0
            ? dictionary
            : throw new PickleException("a call of collections.OrderedDict that PyTorch does not make");
    }

    private TorchTensor MakeTensor(object?[] arguments) =>
        arguments
            is [TorchStorage storage, long offset, PickleTuple size, PickleTuple stride, bool, PickleDictionary, ..]
        && arguments.Length <= 7
            ? TorchTensor.Create(storage, offset, Integers(size), Integers(stride), maxTensorBytes)
            : throw new PickleException($"a call of {RebuildTensor} that PyTorch does not make");

    private static long[] Integers(PickleTuple tuple) =>
        [.. tuple.Items.Select(item => item as long? ?? throw new PickleException("a shape that is not integers"))];

    private static object?[] Items(object? value) =>
        value switch
        {
            PickleTuple tuple => tuple.Items,
            List<object?> list => [.. list],
            _ => [],
        };
}
