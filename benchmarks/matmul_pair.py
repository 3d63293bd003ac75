#!/usr/bin/python3
"""Matrix products of Luthier and PyTorch in one run: the same shapes and threads, in turns, medians.

usage: benchmarks/matmul_pair.py [--threads 2] [--rounds 9] [--shapes 1024x1024x1024,...] [--json]

PyTorch runs with a glibc that keeps its memory and backs it by huge pages, which is faster than as installed.
bfloat16 means operands of that type on both sides; PyTorch's result is bfloat16, ours is float32.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

SHAPES = "1024x1024x1024,1024x512x1376,1024x896x4864"
TUNED = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "8000000000",
    "MALLOC_TOP_PAD_": "1000000000",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


def serve_torch(threads):
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    last = None
    for line in sys.stdin:
        m, n, k, ta, tb, dtype, count = line.split()
        key = line.split()[:-1]
        if key != last:
            kind = getattr(torch, dtype)
            m, n, k = int(m), int(n), int(k)
            a = (torch.rand((k, m) if ta == "t" else (m, k)) - 0.5).to(kind)
            b = (torch.rand((n, k) if tb == "t" else (k, n)) - 0.5).to(kind)
            c = torch.empty((m, n), dtype=kind)
            a = a.t() if ta == "t" else a
            b = b.t() if tb == "t" else b
            torch.mm(a, b, out=c)
            last = key
        times = []
        for _ in range(int(count)):
            start = time.perf_counter()
            torch.mm(a, b, out=c)
            times.append(time.perf_counter() - start)
        print(*times, flush=True)


class Server:
    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return [float(word) for word in self.process.stdout.readline().split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=3, help="calls a round")
    parser.add_argument("--shapes", default=SHAPES, help="m x k x n, separated by commas")
    parser.add_argument("--types", default="float32,bfloat16")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve-torch", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve_torch:
        serve_torch(options.threads)
        return

    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    program = os.path.join(root, "artifacts/bin/Luthier.Benchmarks/release/Luthier.Benchmarks")
    ours = Server([program, "matmul", "--threads", str(options.threads)])
    torch = Server(
        ["/usr/bin/python3", os.path.abspath(__file__), "--serve-torch", "--threads", str(options.threads)], TUNED
    )
    results = []
    for dtype in options.types.split(","):
        peak = ours.ask("peak " + dtype)[0] * options.threads
        if not options.json:
            print(f"\n{dtype}: peak {peak:.0f} GFLOP/s on {options.threads} threads")
            print(f"{'m x k x n':>16} {'op':>3} {'ours':>6} {'share':>6} {'torch':>6} {'share':>6} {'ratio':>6}")
        for shape in options.shapes.split(","):
            m, k, n = map(int, shape.split("x"))
            for op in ("nn", "nt", "tn", "tt"):
                command = f"{m} {n} {k} {op[0]} {op[1]} {dtype} {options.calls}"
                times = ([], [])
                for _ in range(options.rounds):
                    for server, list_ in zip((ours, torch), times):
                        time.sleep(0.01)  # lets the other side's threads stop spinning
                        list_.extend(server.ask(command))
                rates = [2e-9 * m * n * k / statistics.median(list_) for list_ in times]
                row = {
                    "shape": shape,
                    "op": op,
                    "type": dtype,
                    "luthier": round(rates[0], 1),
                    "torch": round(rates[1], 1),
                    "ratio": round(rates[0] / rates[1], 3),
                    "share": round(rates[0] / peak, 3),
                }
                results.append(row)
                if not options.json:
                    print(
                        f"{shape:>16} {op:>3} {rates[0]:6.0f} {rates[0] / peak:6.1%} {rates[1]:6.0f}"
                        f" {rates[1] / peak:6.1%} {rates[0] / rates[1]:6.2f}",
                        flush=True,
                    )
    ours.close()
    torch.close()
    if options.json:
        print(json.dumps(results, indent=1))
    else:
        print(f"\nsmallest ratio {min(r['ratio'] for r in results):.2f}")


if __name__ == "__main__":
    main()
