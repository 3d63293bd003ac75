using Luthier.Benchmarks;

if (args is ["matmul", .. var rest])
{
    return MatMulServer.Run(rest);
}

Console.Error.WriteLine("usage: Luthier.Benchmarks matmul [--threads N] [--isa NAME]   (commands on standard input)");
return 2;
