using Luthier.Benchmarks;

switch (args)
{
    case ["matmul", .. var rest]:
        return MatMulServer.Run(rest);
    case ["step", .. var rest]:
        return StepServer.Run(rest);
    case ["sample"]:
        return SamplingPasses.Run();
    case ["constrain", var vocabulary]:
        return ConstraintPasses.Run(vocabulary);
    case ["tokenize", var tokenizer, var data, .. var rest]:
        return TokenizePasses.Run(tokenizer, data, rest);
    case ["random", var shape, var folder, .. var rest]:
        return RandomModel.Run(shape, folder, rest);
    case ["batching", var model, .. var rest]:
        return BatchingTrade.Run(model, rest);
    case ["generate", var model, .. var rest]:
        return GenerateServer.Run(model, rest);
    case ["engine", var model, .. var rest]:
        return await EnginePasses.RunAsync(model, rest);
    default:
        Console.Error.WriteLine("usage: Luthier.Benchmarks matmul [--threads N] [--isa NAME]");
        Console.Error.WriteLine(
            "       Luthier.Benchmarks step --shape JSON [--method lora|full] [--dtype float32|bfloat16]"
        );
        Console.Error.WriteLine("       Luthier.Benchmarks tokenize TOKENIZER ALPACA.json [--threads N] [--passes N]");
        Console.Error.WriteLine("       Luthier.Benchmarks sample");
        Console.Error.WriteLine("       Luthier.Benchmarks constrain TOKENIZER");
        Console.Error.WriteLine("       Luthier.Benchmarks random SHAPE_JSON FOLDER [--dtype float32|bfloat16]");
        Console.Error.WriteLine(
            "       Luthier.Benchmarks generate MODEL [--threads N] [--cache float32|bfloat16|int8]"
        );
        Console.Error.WriteLine(
            "       Luthier.Benchmarks batching MODEL [--threads N] [--budgets 32,128,512] [--prompts N]"
        );
        Console.Error.WriteLine(
            "       Luthier.Benchmarks engine MODEL [--sequences N] [--prompt N] [--new N] [--tokenizer FOLDER]"
        );
        Console.Error.WriteLine("Commands for matmul, step and generate come on standard input.");
        return 2;
}
