using System.Text;
using Luthier.Formats.Json;

namespace Luthier.Cli.Quickstart;

/// <summary>What comes with the executable for the quickstart: a small model, news items in classes, and a recipe.</summary>
/// <param name="Folder">The folder that holds them, <c>samples/quickstart</c> of the sources.</param>
internal sealed record QuickstartSample(string Folder)
{
    /// <summary>The classes of the news items.</summary>
    public static IReadOnlyList<string> Labels { get; } = ["World", "Sports", "Business", "Sci/Tech"];

    public string BaseModel => Path.Combine(Folder, "base");

    public string Recipe => Path.Combine(Folder, "recipe.yaml");

    public string TrainingData => Path.Combine(Folder, "data", "train.jsonl");

    public string HeldOutData => Path.Combine(Folder, "data", "heldout.jsonl");

    public HeldOutRow FirstHeldOut()
    {
        var row = JsonFile.Parse(HeldOutData, Encoding.UTF8.GetBytes(File.ReadLines(HeldOutData).First()));
        return new HeldOutRow(row["instruction"].AsString(), row["input"].AsString());
    }

    /// <exception cref="DirectoryNotFoundException">The executable was moved without its files.</exception>
    public static QuickstartSample BesideExecutable()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "quickstart");
        return Directory.Exists(folder)
            ? new QuickstartSample(folder)
            : throw new DirectoryNotFoundException($"{folder} is missing: expected the files that come with luthier");
    }
}

/// <summary>What is asked, and about which text.</summary>
internal sealed record HeldOutRow(string Instruction, string Input);
