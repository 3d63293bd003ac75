using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Luthier.Formats;
using Luthier.Formats.Json;

namespace Luthier.Training.Checkpoints;

/// <summary>Length and SHA-256 of every other file of a checkpoint, so that damage is found before anything is used.</summary>
internal static class Manifest
{
    public static JsonObject Of(string folder)
    {
        var files = new JsonObject();
        foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            files[Path.GetFileName(file)] = new JsonObject
            {
                ["bytes"] = new FileInfo(file).Length,
                ["sha256"] = Hash(file),
            };
        }

        return files;
    }

    /// <exception cref="InvalidFileException">A file is missing or not the one that was written.</exception>
    public static void Check(string folder, JsonField files)
    {
        foreach (var (name, expected) in files.Members())
        {
            if (name.AsSpan().ContainsAny('/', '\\'))
            {
                throw expected.Invalid("expected the name of a file in the same folder");
            }

            var file = Path.Combine(folder, name);
            if (!File.Exists(file))
            {
                throw new InvalidFileException(file, "is missing: the checkpoint is damaged");
            }

            var bytes = expected["bytes"].AsInt64(0);
            if (new FileInfo(file).Length is var length && length != bytes)
            {
                throw new InvalidFileException(
                    file,
                    $"has {length} bytes, expected {bytes}: the checkpoint is damaged"
                );
            }

            if (!string.Equals(Hash(file), expected["sha256"].AsString(), StringComparison.OrdinalIgnoreCase))
            {
                throw new InvalidFileException(file, "is not the file that was written: the checkpoint is damaged");
            }
        }
    }

    private static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
