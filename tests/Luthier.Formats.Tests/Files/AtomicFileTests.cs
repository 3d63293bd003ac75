using Luthier.Formats.Files;

namespace Luthier.Formats.Tests.Files;

public class AtomicFileTests
{
    [Fact]
    public void Replaces_the_old_content()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["a.txt"], "old and longer");

        AtomicFile.Write(folder["a.txt"], "new"u8.ToArray());

        File.ReadAllText(folder["a.txt"]).ShouldBe("new");
        Directory.GetFiles(folder).ShouldBe([folder["a.txt"]]);
    }

    [Fact]
    public void A_failure_leaves_the_old_content_and_nothing_else()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["a.txt"], "old");

        Should.Throw<IOException>(() =>
            AtomicFile.Write(
                folder["a.txt"],
                stream =>
                {
                    stream.Write("half"u8);
                    throw new IOException("disk full");
                }
            )
        );

        File.ReadAllText(folder["a.txt"]).ShouldBe("old");
        Directory.GetFiles(folder).ShouldBe([folder["a.txt"]]);
    }

    [Fact]
    public void Several_files_take_their_place_together()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["a"], "old");
        using (var pending = new PendingFiles())
        {
            pending.Write(folder["a"], stream => stream.Write("new a"u8));
            pending.Write(folder["b"], stream => stream.Write("new b"u8));
            File.ReadAllText(folder["a"]).ShouldBe("old");
            File.Exists(folder["b"]).ShouldBeFalse();

            pending.Commit();
        }

        File.ReadAllText(folder["a"]).ShouldBe("new a");
        File.ReadAllText(folder["b"]).ShouldBe("new b");
        Directory.GetFiles(folder).Length.ShouldBe(2);
    }

    [Fact]
    public void Removes_what_a_killed_process_left_but_not_what_is_in_use()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["a.tmp-1-1"], "left over");
        using var inUse = new FileStream(folder["a.tmp-2-1"], FileMode.Create, FileAccess.Write, FileShare.None);

        AtomicFile.Write(folder["a"], "new"u8.ToArray());

        File.Exists(folder["a.tmp-1-1"]).ShouldBeFalse();
        File.Exists(folder["a.tmp-2-1"]).ShouldBeTrue();
    }
}
