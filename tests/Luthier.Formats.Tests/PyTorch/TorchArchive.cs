using System.Text;
using Luthier.Formats.PyTorch;

namespace Luthier.Formats.Tests.PyTorch;

/// <summary>Builds archives of torch.save around hand-written pickles.</summary>
internal static class TorchArchive
{
    /// <summary>The opcodes of a tensor of storage 0 without its offset, size and stride: <c>%</c> stands for them.</summary>
    public const string TensorTemplate =
        "}X\u0001\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0004tQ%\u0089}tRs.";

    /// <summary>An archive with storage 0 of 16 bytes.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="pickle">Its instructions, a byte a character; the protocol is put in front.</param>
    public static void Write(string path, string pickle) =>
        Write(path, [("a/data.pkl", Encoding.Latin1.GetBytes($"\u0080\u0002{pickle}")), ("a/data/0", new byte[16])]);

    public static void Write(string path, params ReadOnlySpan<(string Name, byte[] Content)> entries)
    {
        using var stream = File.Create(path);
        var zip = new ZipWriter(stream);
        foreach (var (name, content) in entries)
        {
            zip.Add(name, content);
        }

        zip.Finish();
    }

    /// <summary>Opens a file and touches all its data.</summary>
    public static void ReadAll(string path)
    {
        using var file = TorchFile.Open(path);
        var sum = 0;
        foreach (var name in file.Tensors.Keys)
        {
            foreach (var value in file.Get(name).AsBytes())
            {
                sum += value;
            }
        }

        sum.ShouldBeGreaterThanOrEqualTo(0);
    }
}
