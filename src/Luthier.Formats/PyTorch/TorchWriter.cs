using System.Globalization;
using Luthier.Formats.Files;
using Luthier.Tensors;

namespace Luthier.Formats.PyTorch;

/// <summary>
/// Writes files that <c>torch.load</c> reads (PyTorch 1.6 and later, also with <c>weights_only=True</c>): an ordered
/// dictionary of tensors. Tied tensors share one storage.
/// </summary>
public static class TorchWriter
{
    /// <summary>Python's pickler writes a dictionary in portions of this many items.</summary>
    private const int BatchSize = 1000;

    /// <summary>Writes a file beside <paramref name="path"/> and renames it into place.</summary>
    public static void Write(string path, IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        var sources = tensors.Select(item => TensorSource.From(item.Name, item.Tensor)).ToArray();
        AtomicFile.Write(path, stream => Write(stream, Path.GetFileNameWithoutExtension(path), sources));
    }

    /// <summary>Writes an archive. A tensor's data is asked for when its turn has come.</summary>
    /// <param name="stream">Empty, and able to seek.</param>
    /// <param name="root">The folder inside the archive; torch.save takes the file's name without extension.</param>
    /// <param name="tensors">In the order of the dictionary.</param>
    /// <exception cref="ArgumentException">Two tensors have one name.</exception>
    public static void Write(Stream stream, string root, IReadOnlyCollection<TensorSource> tensors) =>
        Write(new ZipWriter(stream), root, tensors);

    internal static void Write(ZipWriter zip, string root, IReadOnlyCollection<TensorSource> tensors)
    {
        var storages = AssignStorages(tensors, out var keys);
        zip.Add($"{root}/data.pkl", Pickle(tensors, keys));
        for (var i = 0; i < storages.Count; i++)
        {
            zip.Add($"{root}/data/{Key(i)}", storages[i]);
        }

        zip.Add($"{root}/version", "3\n"u8);
        zip.Finish();
    }

    /// <summary>The storages to write, and for each tensor which one is its own.</summary>
    private static List<TensorSource> AssignStorages(IReadOnlyCollection<TensorSource> tensors, out List<int> keys)
    {
        var storages = new List<TensorSource>();
        var known = new Dictionary<(object, DType, long), int>();
        keys = [];
        foreach (var source in tensors)
        {
            var info = source.Info;
            if (info.Storage is { } storage)
            {
                if (known.TryGetValue((storage, info.DType, info.Bytes), out var key))
                {
                    keys.Add(key);
                    continue;
                }

                known.Add((storage, info.DType, info.Bytes), storages.Count);
            }

            keys.Add(storages.Count);
            storages.Add(source);
        }

        return storages;
    }

    private static byte[] Pickle(IReadOnlyCollection<TensorSource> tensors, List<int> keys)
    {
        var pickle = new PickleWriter();
        EmptyOrderedDictionary(pickle);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var batch in tensors.Chunk(BatchSize))
        {
            if (batch.Length > 1)
            {
                pickle.Emit(PickleOpcode.Mark);
            }

            foreach (var source in batch)
            {
                if (!names.Add(source.Info.Name))
                {
                    throw new ArgumentException($"two tensors are named '{source.Info.Name}'", nameof(tensors));
                }

                pickle.Unique(source.Info.Name);
                Tensor(pickle, source.Info, Key(keys[index++]));
            }

            pickle.Emit(batch.Length > 1 ? PickleOpcode.SetItems : PickleOpcode.SetItem);
        }

        return pickle.Finish();
    }

    /// <summary>_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)</summary>
    private static void Tensor(PickleWriter pickle, TensorInfo info, string key)
    {
        pickle.Global(TorchObjects.RebuildTensor);
        pickle.Emit(PickleOpcode.Mark);
        Storage(pickle, info, key);
        pickle.Integer(0);
        pickle.Tuple([.. info.Shape.Select(dimension => (long)dimension)]);
        pickle.Tuple(Strides(info.Shape));
        pickle.Emit(PickleOpcode.NewFalse);
        EmptyOrderedDictionary(pickle);
        pickle.Emit(PickleOpcode.Tuple);
        pickle.Keep();
        pickle.Emit(PickleOpcode.Reduce);
        pickle.Keep();
    }

    /// <summary>A reference to the storage: ('storage', type, key, location, count).</summary>
    private static void Storage(PickleWriter pickle, TensorInfo info, string key)
    {
        pickle.Emit(PickleOpcode.Mark);
        pickle.Shared("storage");
        pickle.Global(new PickleGlobal("torch", TorchDType.StorageName(info.DType)));
        pickle.Shared(key);
        pickle.Shared("cpu");
        pickle.Integer(info.Count);
        pickle.Emit(PickleOpcode.Tuple);
        pickle.Keep();
        pickle.Emit(PickleOpcode.BinPersId);
    }

    private static void EmptyOrderedDictionary(PickleWriter pickle)
    {
        pickle.Global(TorchObjects.OrderedDictionary);
        pickle.Emit(PickleOpcode.EmptyTuple);
        pickle.Emit(PickleOpcode.Reduce);
        pickle.Keep();
    }

    private static long[] Strides(int[] shape)
    {
        var strides = new long[shape.Length];
        var stride = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(shape[i], 1);
        }

        return strides;
    }

    private static string Key(int index) => index.ToString(CultureInfo.InvariantCulture);
}
