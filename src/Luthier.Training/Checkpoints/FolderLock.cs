namespace Luthier.Training.Checkpoints;

/// <summary>Keeps two runs from writing to one folder. The system lets go of it when the process ends in whatever way.</summary>
internal sealed class FolderLock : IDisposable
{
    private const string FileName = ".luthier-lock";

    private readonly FileStream file;

    /// <exception cref="IOException">Another run holds it.</exception>
    public FolderLock(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            file = new FileStream(
                Path.Combine(folder, FileName),
                FileMode.OpenOrCreate,
                FileAccess.Write,
                FileShare.None,
                bufferSize: 1,
                FileOptions.DeleteOnClose
            );
        }
        catch (IOException exception)
        {
            throw new IOException($"{folder}: another run writes to this folder", exception);
        }
    }

    public void Dispose() => file.Dispose();
}
