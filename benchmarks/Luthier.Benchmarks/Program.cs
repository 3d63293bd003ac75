using Luthier.Benchmarks;

switch (args)
{
    case ["matmul", .. var rest]:
        return MatMulServer.Run(rest);
    case ["step", .. var rest]:
        return StepServer.Run(rest);
    case ["tokenize", var tokenizer, var data, .. var rest]:
        return TokenizePasses.Run(tokenizer, data, rest);
    default:
        Console.Error.WriteLine("usage: Luthier.Benchmarks matmul [--threads N] [--isa NAME]");
        Console.Error.WriteLine(
            "       Luthier.Benchmarks step --shape JSON [--method lora|full] [--dtype float32|bfloat16]"
        );
        Console.Error.WriteLine("       Luthier.Benchmarks tokenize TOKENIZER ALPACA.json [--threads N] [--passes N]");
        Console.Error.WriteLine("Commands for matmul and step come on standard input.");
        return 2;
}
