namespace Luthier.Formats.Files;

/// <summary>
/// Files written beside their place, complete and flushed to the disk, which take their place together on
/// <see cref="Commit"/>. What was there before stays untouched until then; without a commit nothing is left behind.
/// </summary>
public sealed class PendingFiles : IDisposable
{
    private const string Mark = ".tmp-";
    private const int BufferBytes = 1 << 20;
    private static int counter;

    private readonly List<(string Temporary, string Path)> files = [];

    /// <summary>Writes a file under a temporary name. The stream can seek.</summary>
    /// <exception cref="IOException">The disk is full or refuses.</exception>
    public void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        DeleteAbandoned(full);
        var temporary = $"{full}{Mark}{Environment.ProcessId}-{Interlocked.Increment(ref counter)}";
        files.Add((temporary, full));
        using var stream = new FileStream(
            temporary,
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None,
            BufferBytes
        );
        write(stream);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Writes a copy of another file under a temporary name.</summary>
    /// <exception cref="IOException">The other can't be read, or the disk is full or refuses.</exception>
    public void Copy(string from, string path) =>
        Write(
            path,
            stream =>
            {
                using var source = File.OpenRead(from);
                source.CopyTo(stream);
            }
        );

    /// <summary>Renames every file written so far to its own name, in the order of writing.</summary>
    public void Commit()
    {
        foreach (var (temporary, path) in files)
        {
            File.Move(temporary, path, overwrite: true);
        }

        files.Clear();
    }

    public void Dispose()
    {
        foreach (var (temporary, _) in files)
        {
            File.Delete(temporary);
        }

        files.Clear();
    }

    /// <summary>
    /// Removes what a killed process left of an earlier attempt. A process that still writes holds its file's lock,
    /// which the system releases when the process ends.
    /// </summary>
    private static void DeleteAbandoned(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        foreach (var file in Directory.EnumerateFiles(folder, Path.GetFileName(path) + Mark + "*"))
        {
            try
            {
                using var _ = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use, or not ours: leave it.
            }
        }
    }
}
