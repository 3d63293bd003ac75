namespace Luthier.Formats.Files;

/// <summary>Writes a file so that a reader, or a crash at any moment, finds the old content or the new, never a part.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside <paramref name="path"/>, flushes to the disk and renames. The stream can seek.</summary>
    /// <exception cref="IOException">The disk is full or refuses; what was at the path is still there.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var pending = new PendingFiles();
        pending.Write(path, write);
        pending.Commit();
    }

    /// <summary>As <see cref="Write(string, Action{Stream})"/>, for content that is in memory.</summary>
    public static void Write(string path, byte[] content) => Write(path, stream => stream.Write(content));
}
