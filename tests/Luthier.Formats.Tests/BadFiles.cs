using FsCheck;
using FsCheck.Fluent;

namespace Luthier.Formats.Tests;

/// <summary>Damages good files and checks that a reader answers with its one exception, and with bounded memory.</summary>
internal static class BadFiles
{
    /// <summary>Runs <paramref name="read"/> and expects a sentence that names the file and contains <paramref name="expected"/>.</summary>
    public static void ShouldBeRefused(string path, Action read, string expected)
    {
        var exception = Should.Throw<InvalidFileException>(read);
        exception.Path.ShouldBe(path);
        exception.Message.ShouldStartWith($"{path}: ");
        exception.Message.ShouldContain(expected, Case.Sensitive);
        exception.Message.ShouldNotContain('\n');
    }

    /// <summary>Overwrites bytes, cuts and extends <paramref name="good"/>; the reader succeeds or refuses.</summary>
    public static void ShouldSurviveDamage(
        byte[] good,
        int headBytes,
        string path,
        Action<string> read,
        int tests = 400
    )
    {
        var change =
            from head in Gen.Elements(true, true, false)
            from offset in Gen.Choose(0, (head ? Math.Min(headBytes, good.Length) : good.Length) - 1)
            from value in Gen.Choose(0, 255)
            select (offset, (byte)value);
        var damage =
            from changes in change.ArrayOf()
            from length in Gen.Frequency(
                (3, Gen.Constant(good.Length)),
                (1, Gen.Choose(0, good.Length)),
                (1, Gen.Choose(good.Length, good.Length + 64))
            )
            select (changes, length);
        Prop.ForAll(
                damage.ToArbitrary(),
                item =>
                {
                    var bytes = (byte[])good.Clone();
                    foreach (var (offset, value) in item.changes)
                    {
                        bytes[offset] = value;
                    }

                    Array.Resize(ref bytes, item.length);
                    File.WriteAllBytes(path, bytes);
                    ShouldSucceedOrBeRefused(bytes.Length, path, read);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(tests).WithQuietOnSuccess(true));
    }

    /// <summary>Any outcome but a result or <see cref="InvalidFileException"/> fails, and so does a large allocation.</summary>
    public static void ShouldSucceedOrBeRefused(long fileBytes, string path, Action<string> read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read(path);
        }
        catch (InvalidFileException exception)
        {
            exception.Message.ShouldNotContain('\n');
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        allocated.ShouldBeLessThan((200 * fileBytes) + (256 << 10));
    }
}
