#!/usr/bin/env python3
"""Pairs Luthier's training step with PyTorch's: the same shapes and threads, in one run, alternating, medians.

usage: benchmarks/step_pair.py [A:lora:float32 …] [--repeats 7] [--threads 2]
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent
LUTHIER = ROOT.parent / "artifacts/bin/Luthier.Benchmarks/release/Luthier.Benchmarks"
LENGTH = 256
TOKENS = 4 * LENGTH
CASES = [f"{s}:{m}:{d}" for s, m in (("A", "lora"), ("A", "full"), ("B", "lora")) for d in ("float32", "bfloat16")]

# glibc told to keep its memory: without this PyTorch spends a third of its time in page faults.
TUNED = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
    "MALLOC_TOP_PAD_": str(1 << 28),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


class Worker:
    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
        )
        self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"worker ended: {self.process.args[0]}")
        return json.loads(line)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.read()


def measured_peak(dtype, threads):
    """FLOP/s of the micro-kernel alone, on data in registers and the first-level cache."""
    run = subprocess.run(
        [str(LUTHIER), "matmul", "--threads", str(threads)],
        input=f"peak {dtype}\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return float(run.stdout.split()[0]) * 1e9 * threads


def flops(config, method):
    """Multiplications and additions of a step's matrix products: forward, to the inputs, and to trained weights."""
    hidden, layers, heads = (config[name] for name in ("hidden_size", "num_hidden_layers", "num_attention_heads"))
    keys = hidden // heads * config["num_key_value_heads"]
    layer = hidden * (2 * hidden + 2 * keys + 3 * config["intermediate_size"])
    weights = layers * layer + config["vocab_size"] * hidden
    attention = layers * hidden * LENGTH / 2 * 2 * 7  # causal; two products forward, five backward
    return TOKENS * (weights * (4 if method == "lora" else 6) + attention)


def pair(case, repeats, threads):
    shape, method, dtype = case.split(":")
    sizes = json.loads((ROOT / "shapes.json").read_text())[shape]
    share = flops(sizes, method) / measured_peak(dtype, threads)
    config = json.dumps(sizes)
    options = ["--shape", config, "--method", method, "--dtype", dtype, "--threads", str(threads)]
    ours = Worker([str(LUTHIER), "step", *options])
    torch = Worker(["/usr/bin/python3", str(ROOT / "torch_step.py"), *options], TUNED)
    times = {"ours": [], "torch": []}
    for i in range(repeats + 2):
        for name, worker in (("ours", ours), ("torch", torch)):
            answer = worker.ask("step")
            if i >= 2:
                times[name].append(answer["ms"])
    us, them = statistics.median(times["ours"]), statistics.median(times["torch"])
    ends = ours.ask("quit"), torch.ask("quit")
    ratio = statistics.median(b / a for a, b in zip(times["ours"], times["torch"]))
    print(
        f"| {shape} | {method} | {dtype} | {TOKENS / us * 1000:,.0f} | {TOKENS / them * 1000:,.0f} | {ratio:.2f} "
        f"| {share / us * 1000:.0%} "
        f"| {ends[0]['peak_mb']:,.0f} | {ends[1]['peak_mb']:,.0f} | {ends[0]['peak_mb'] / ends[1]['peak_mb']:.0%} "
        f"| {ends[0]['allocated_kb']:,.0f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", nargs="*", default=CASES)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    print("| shape | method | dtype | Luthier tok/s | PyTorch tok/s | ratio | of peak | Luthier MB | PyTorch MB | memory | KB/step |")
    print("| --- | --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |")
    for case in arguments.cases or CASES:
        pair(case, arguments.repeats, arguments.threads)


if __name__ == "__main__":
    main()
