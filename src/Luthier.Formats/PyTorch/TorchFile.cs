using System.Globalization;
using Luthier.Tensors;
using Luthier.Tensors.Memory;

namespace Luthier.Formats.PyTorch;

/// <summary>
/// A file of torch.save (<c>.bin</c>, <c>.pth</c>, <c>.pt</c>; PyTorch 1.6 and later), mapped into memory: a zip
/// archive of a pickle and the tensors' storages. The pickle is interpreted, never run.
/// </summary>
public sealed class TorchFile : ITensorFile
{
    private const int MaxPickleBytes = 32 << 20;
    private const int MaxDepth = 64;

    /// <summary>
    /// The names of all values may together be this many times longer than the pickle, which can name one value often
    /// and from many places.
    /// </summary>
    private const int MaxExpansion = 32;

    private const string PickleName = "data.pkl";

    private readonly MappedFile file;
    private readonly Dictionary<string, TorchTensor> views = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, object?> values = new(StringComparer.Ordinal);
    private long charactersLeft;

    private TorchFile(MappedFile file)
    {
        this.file = file;
        CheckMagic();
        var entries = ZipDirectory.Read(file);
        var pickle = FindPickle(entries);
        CheckByteOrder(entries, pickle);
        charactersLeft = (pickle.Bytes + 1024) * MaxExpansion;
        var root = pickle.Name[..^(PickleName.Length + 1)];
        try
        {
            var objects = new TorchObjects(entries, root, maxTensorBytes: file.Length);
            var value = PickleReader.Read(file.Span(pickle.Offset, (int)pickle.Bytes), objects);
            if (value is not PickleDictionary)
            {
                throw new PickleException("the file holds something else than a dictionary of tensors");
            }

            Flatten("", value, depth: 0);
        }
        catch (PickleException exception)
        {
            throw new InvalidFileException(file.Path, $"pickle {exception.Message}", exception);
        }
    }

    public string Path => file.Path;

    /// <summary>
    /// The tensors by name. Names of nested dictionaries and lists are joined with dots. Tensors that are the same
    /// elements have equal <see cref="TensorInfo.Storage"/> keys.
    /// </summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <summary>What is not a tensor: null, bool, long, double or string, named like the tensors.</summary>
    public IReadOnlyDictionary<string, object?> Values => values;

    /// <exception cref="IOException">The file can't be opened.</exception>
    /// <exception cref="InvalidFileException">It is not a sound file of tensors, or asks for code to be run.</exception>
    public static TorchFile Open(string path)
    {
        var mapped = new MappedFile(path);
        try
        {
            return new TorchFile(mapped);
        }
        catch
        {
            mapped.Dispose();
            throw;
        }
    }

    /// <summary>A view of the mapped file, or a copy where the elements do not lie in row-major order.</summary>
    public unsafe Tensor Get(string name)
    {
        if (!views.TryGetValue(name, out var view))
        {
            throw new InvalidFileException(Path, $"has no tensor '{name}'");
        }

        ObjectDisposedException.ThrowIf(file.Pointer is null, this);
        var tensor = view.Open(file, this);
        tensor.Name = name;
        return tensor;
    }

    public void Dispose() => file.Dispose();

    private void CheckMagic()
    {
        // A pickle with torch.save's first magic number, 0x1950a86a20f9469cfc6c.
        ReadOnlySpan<byte> legacy =
        [
            0x80,
            0x02,
            0x8a,
            0x0a,
            0x6c,
            0xfc,
            0x9c,
            0x46,
            0xf9,
            0x20,
            0x6a,
            0xa8,
            0x50,
            0x19,
        ];
        var head = file.Span(0, (int)Math.Min(file.Length, legacy.Length));
        if (head.SequenceEqual(legacy))
        {
            throw new InvalidFileException(
                Path,
                "has the form that PyTorch wrote before version 1.6; load it with PyTorch and save it again"
            );
        }

        if (!head.StartsWith("PK\u0003\u0004"u8))
        {
            throw new InvalidFileException(Path, "is not a file of torch.save: it does not start as a zip archive");
        }
    }

    private ZipEntry FindPickle(OrderedDictionary<string, ZipEntry> entries)
    {
        var found = entries
            .Values.Where(entry => entry.Name.EndsWith($"/{PickleName}", StringComparison.Ordinal))
            .Where(entry => entry.Name.Count(character => character == '/') == 1)
            .ToArray();
        if (found.Length != 1)
        {
            throw new InvalidFileException(Path, $"has {found.Length} entries {PickleName} instead of one");
        }

        return found[0].Bytes <= MaxPickleBytes
            ? found[0]
            : throw new InvalidFileException(
                Path,
                $"{PickleName} has {found[0].Bytes} bytes, more than the {MaxPickleBytes} expected of names and shapes"
            );
    }

    private void CheckByteOrder(OrderedDictionary<string, ZipEntry> entries, ZipEntry pickle)
    {
        var name = string.Concat(pickle.Name.AsSpan()[..^PickleName.Length], "byteorder");
        if (
            entries.TryGetValue(name, out var entry)
            && !(
                entry.Bytes == "little"u8.Length && file.Span(entry.Offset, (int)entry.Bytes).SequenceEqual("little"u8)
            )
        )
        {
            throw new InvalidFileException(Path, "was written on a machine of another byte order than little-endian");
        }
    }

    private void Flatten(string name, object? value, int depth)
    {
        charactersLeft -= name.Length + 1;
        if (depth > MaxDepth || charactersLeft < 0)
        {
            throw new PickleException($"'{name}' contains itself, or too much");
        }

        switch (value)
        {
            case PickleDictionary dictionary:
                foreach (var (key, item) in dictionary.Items)
                {
                    Flatten(Join(name, key), item, depth + 1);
                }

                break;
            case PickleTuple tuple:
                FlattenItems(name, tuple.Items, depth);
                break;
            case List<object?> list:
                FlattenItems(name, list, depth);
                break;
            case TorchTensor tensor:
                AddOnce(views, name, tensor);
                tensors.Add(name, new TensorInfo(name, tensor.DType, tensor.Shape) { Storage = tensor.Identity(this) });
                break;
            case null or bool or long or double or string:
                AddOnce(values, name, value);
                break;
        }
    }

    private void FlattenItems(string name, IReadOnlyList<object?> items, int depth)
    {
        for (var i = 0; i < items.Count; i++)
        {
            Flatten(Join(name, (long)i), items[i], depth + 1);
        }
    }

    private static string Join(string name, object key)
    {
        var text = Convert.ToString(key, CultureInfo.InvariantCulture)!;
        return name.Length == 0 ? text : $"{name}.{text}";
    }

    private static void AddOnce<T>(IDictionary<string, T> target, string name, T value)
    {
        if (!target.TryAdd(name, value))
        {
            throw new PickleException($"'{name}' is given twice");
        }
    }
}
