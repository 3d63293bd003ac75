using System.Diagnostics;
using System.Text.Json;
using Luthier.Formats.Json;

namespace Luthier.Formats.Tests;

/// <summary>A Python with PyTorch, which says what it reads and writes the same files.</summary>
internal static class Python
{
    private static readonly Lazy<string?> Executable = new(Find);

    /// <summary>
    /// For scripts: <c>dump(tensors)</c> prints element type, shape and bytes of every tensor, plain values as they are.
    /// </summary>
    private const string Prelude = """
        import collections, json, sys, zipfile
        import torch
        def show(value):
            if not isinstance(value, torch.Tensor):
                return value
            flat = value.detach().contiguous().reshape(-1)
            flat = flat.view(torch.int16) if flat.dtype == torch.bfloat16 else flat
            return {"dtype": str(value.dtype)[6:], "shape": list(value.shape), "hex": flat.numpy().tobytes().hex()}
        def dump(tensors):
            print(json.dumps({name: show(value) for name, value in tensors.items()}))

        """;

    /// <summary>Runs a script with arguments and gives the JSON that it prints; skips the test without PyTorch.</summary>
    public static JsonField Run(string script, params ReadOnlySpan<string> arguments)
    {
        Assert.SkipUnless(Executable.Value is not null, "there is no python3 with torch: install python3-torch");
        var output = Start(Executable.Value, Prelude + script, arguments, out var error);
        output.ShouldNotBeNull(error);
        return JsonFile.Parse("python", System.Text.Encoding.UTF8.GetBytes(output));
    }

    /// <summary>Compares what Python showed of a tensor.</summary>
    public static void ShouldShow(JsonField shown, string dtype, ReadOnlySpan<int> shape, ReadOnlySpan<byte> bytes)
    {
        shown.Kind.ShouldBe(JsonValueKind.Object, shown.Path);
        shown["dtype"].AsString().ShouldBe(dtype, shown.Path);
        shown["shape"].Items().Select(item => item.AsInt32()).ShouldBe(shape.ToArray(), shown.Path);
        shown["hex"].AsString().ShouldBe(Convert.ToHexStringLower(bytes), shown.Path);
    }

    private static string? Find()
    {
        string[] candidates = ["/usr/bin/python3", "python3"];
        return Array.Find(candidates, candidate => Start(candidate, "import torch, numpy", [], out _) is not null);
    }

    private static string? Start(string executable, string script, ReadOnlySpan<string> arguments, out string error)
    {
        var start = new ProcessStartInfo(executable, ["-c", script, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            error = errors.GetAwaiter().GetResult();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            error = exception.Message;
            return null;
        }
    }
}
