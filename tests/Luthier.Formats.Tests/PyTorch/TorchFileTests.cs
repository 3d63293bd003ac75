using Luthier.Formats.Json;
using Luthier.Formats.PyTorch;
using Luthier.Formats.Weights;
using Luthier.Tensors;

namespace Luthier.Formats.Tests.PyTorch;

public class TorchFileTests
{
    private static readonly Dictionary<DType, string> Names = new()
    {
        [DType.Float32] = "float32",
        [DType.Float16] = "float16",
        [DType.BFloat16] = "bfloat16",
        [DType.Float64] = "float64",
        [DType.Int64] = "int64",
        [DType.Int32] = "int32",
        [DType.Int16] = "int16",
        [DType.Int8] = "int8",
        [DType.UInt8] = "uint8",
        [DType.Bool] = "bool",
    };

    [Fact]
    public void Reads_what_torch_wrote()
    {
        using var folder = TestData.TempFolder();
        var expected = Python.Run(
            """
            base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
            tensors = collections.OrderedDict()
            for name in "float32 float16 bfloat16 float64 int64 int32 int16 int8 uint8".split():
                tensors["as." + name] = (torch.arange(6) * 3 - 7).to(getattr(torch, name)).reshape(2, 3)
            tensors["as.bool"] = torch.tensor([True, False, True])
            tensors["scalar"] = torch.tensor(2.5)
            tensors["empty"] = torch.zeros(0, 3)
            tensors["base"] = base
            tensors["slice"] = base[1]
            tensors["column"] = base[:, 1]
            tensors["transposed"] = base.permute(2, 0, 1)
            tensors["steps"] = torch.arange(10, dtype=torch.int16)[1::3]
            tensors["expanded"] = torch.tensor([[1.0], [2.0]]).expand(2, 3)
            tensors["parameter"] = torch.nn.Parameter(torch.ones(2, 2, dtype=torch.float16).t())
            tensors["n"] = 123456789012
            tensors["minus"] = -2
            tensors["x"] = 0.25
            tensors["text"] = "é"
            tensors["none"] = None
            tensors["flag"] = True
            torch.save(tensors, sys.argv[1])
            dump(tensors)
            """,
            folder["model.bin"]
        );

        using var file = TorchFile.Open(folder["model.bin"]);

        foreach (var (name, info) in file.Tensors)
        {
            var tensor = file.Get(name);
            tensor.DType.ShouldBe(info.DType);
            Python.ShouldShow(expected[name], Names[tensor.DType], tensor.Shape, tensor.AsBytes());
        }

        expected.Members().Count().ShouldBe(file.Tensors.Count + file.Values.Count);
        file.Values.ShouldBe(
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["n"] = 123456789012,
                ["minus"] = -2L,
                ["x"] = 0.25,
                ["text"] = "é",
                ["none"] = null,
                ["flag"] = true,
            }
        );
        file.Tensors["base"].Storage.ShouldNotBeNull();
        file.Tensors["transposed"].Storage.ShouldBeNull();
        file.Tensors["slice"].Storage.ShouldNotBe(file.Tensors["base"].Storage);
    }

    [Fact]
    public void Reads_the_state_of_modules_and_optimizers()
    {
        using var folder = TestData.TempFolder();
        var expected = Python.Run(
            """
            model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
            model.register_parameter("tied", model[0].weight)
            optimizer = torch.optim.AdamW(model.parameters())
            model(torch.ones(4, 3)).sum().backward()
            optimizer.step()
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, sys.argv[1])
            state = {"model." + name: value for name, value in model.state_dict().items()}
            for index, item in optimizer.state_dict()["state"].items():
                state.update({f"optimizer.state.{index}.{name}": value for name, value in item.items()})
            dump(state)
            """,
            folder["training.pt"]
        );

        using var file = TorchFile.Open(folder["training.pt"]);

        file.Tensors.Keys.ShouldBe(expected.Members().Select(member => member.Key), ignoreOrder: true);
        foreach (var name in file.Tensors.Keys)
        {
            var tensor = file.Get(name);
            Python.ShouldShow(expected[name], Names[tensor.DType], tensor.Shape, tensor.AsBytes());
        }

        file.Tensors["model.tied"].Storage.ShouldBe(file.Tensors["model.0.weight"].Storage);
        file.Values["optimizer.param_groups.0.lr"].ShouldBe(0.001);
        file.Values["optimizer.param_groups.0.params.1"].ShouldBe(1L);
    }

    [Fact]
    public void Views_rather_than_copies_and_names_what_is_missing()
    {
        using var folder = TestData.TempFolder();
        TorchWriter.Write(folder["a.bin"], [("w", Tensor.FromValues([1, 2, 3], 3))]);
        using var file = TorchFile.Open(folder["a.bin"]);

        var tensor = file.Get("w");

        tensor.Owner.ShouldBe(file);
        tensor.Name.ShouldBe("w");
        unsafe
        {
            ((long)tensor.Data % 64).ShouldBe(0);
        }

        BadFiles.ShouldBeRefused(folder["a.bin"], () => file.Get("v"), "has no tensor 'v'");
    }

    [Fact]
    public void Files_from_before_version_1_6_are_refused_with_advice()
    {
        var path = TestData.Shared("data/face_detector/RFB-320.pth");

        BadFiles.ShouldBeRefused(path, () => TorchFile.Open(path), "the form that PyTorch wrote before version 1.6");
    }

    [Fact]
    public void A_folder_of_bin_shards_opens_as_weights()
    {
        using var folder = TestData.TempFolder();
        TensorSource[] sources =
        [
            TensorSource.From("a", Tensor.FromValues([1, 2], 2)),
            TensorSource.From("b", Tensor.FromValues([3, 4], 2)),
        ];

        WeightWriter.Write(folder, sources, WeightNaming.PyTorch, maxShardBytes: 8);

        File.Exists(folder["pytorch_model-00002-of-00002.bin"]).ShouldBeTrue();
        JsonFile.Read(folder["pytorch_model.bin.index.json"])["metadata"]["total_size"].AsInt64().ShouldBe(16);
        using var weights = WeightFiles.Open(folder);
        weights.Get("b").AsFloats().ToArray().ShouldBe([3f, 4f]);
        weights.Tensors["a"].Storage.ShouldNotBe(weights.Tensors["b"].Storage);
    }
}
