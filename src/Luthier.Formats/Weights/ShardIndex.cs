using System.Text;
using System.Text.Json.Nodes;
using Luthier.Formats.Json;

namespace Luthier.Formats.Weights;

/// <summary>The file that names the shard of every tensor (<c>model.safetensors.index.json</c>).</summary>
internal static class ShardIndex
{
    /// <summary>The index of a plan as Transformers writes it.</summary>
    public static byte[] Serialize(ShardPlan plan)
    {
        var map = new JsonObject();
        foreach (var shard in plan.Shards)
        {
            foreach (var tensor in shard.Tensors)
            {
                map.Add(tensor.Name, shard.FileName);
            }
        }

        var index = new JsonObject
        {
            ["metadata"] = new JsonObject { ["total_size"] = plan.TotalBytes },
            ["weight_map"] = map,
        };
        return Encoding.UTF8.GetBytes(PythonJson.Serialize(index) + "\n");
    }

    /// <summary>Reads tensor name → file name. A file must be a plain name, which lies in the index's own folder.</summary>
    /// <exception cref="InvalidFileException">The index is no such map, or points elsewhere.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, field) in JsonFile.Read(path)["weight_map"].Members())
        {
            var file = field.AsString();
            if (file.Length == 0 || file is "." or ".." || file.AsSpan().IndexOfAny("/\\:\0") >= 0)
            {
                throw field.Expected("the name of a file in the same folder");
            }

            files.Add(name, file);
        }

        return files;
    }
}
