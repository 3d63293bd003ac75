#!/usr/bin/python3
"""Prefill and decode of Luthier and llama.cpp in one run: the same GGUF files and threads, in turns, medians.

usage: benchmarks/generate_pair.py --llama NODE_LLAMA_CPP --tokenizer FOLDER [--shapes B,T] [--types q8_0,q4_0,q4_k_m,bf16]
           [--threads 2] [--rounds 7] [--batches 1,16,32] [--folder TEMPORARY] [--json]

NODE_LLAMA_CPP is the folder of the npm package node-llama-cpp (node_modules/node-llama-cpp), which carries llama.cpp.
Models are made with seeded random weights and kept in the folder for the next run. Each round asks both for a prompt of
512 tokens, then for 128 tokens of one sequence and fewer of several, so that what is compared was measured within the
same minute.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.path.join(ROOT, "artifacts/bin")
BENCHMARKS = os.path.join(BIN, "Luthier.Benchmarks/release/Luthier.Benchmarks")
CLI = os.path.join(BIN, "Luthier.Cli/release/luthier")
PROMPT = 512
TOKENS = 128


class Server:
    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.about = self.answer()

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()["ms"]

    def answer(self):
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit("a server ended: run its command by hand to see why")

    def close(self):
        self.process.stdin.write("quit\n")
        self.process.stdin.close()
        self.process.wait()


def make(shape, kind, arguments):
    """A GGUF file of seeded weights."""
    with open(os.path.join(ROOT, "benchmarks/shapes.json"), encoding="utf-8") as file:
        config = json.load(file)[shape]
    folder = os.path.join(arguments.folder, shape)
    path = os.path.join(arguments.folder, f"{shape}-{kind}.gguf")
    if not os.path.exists(path):
        if not os.path.exists(os.path.join(folder, "config.json")):
            subprocess.run([BENCHMARKS, "random", json.dumps(config), folder, "--dtype", "bfloat16"], check=True)
            for name in os.listdir(arguments.tokenizer):
                with open(os.path.join(arguments.tokenizer, name), "rb") as source:
                    with open(os.path.join(folder, name), "wb") as target:
                        target.write(source.read())
        command = [CLI, "convert", "--to", "gguf", "--type", kind, "--model", folder, "--output", path]
        subprocess.run(command, check=True, stdout=sys.stderr)
    return path


def measure(path, arguments):
    batches = [int(batch) for batch in arguments.batches.split(",")]
    ours = Server([BENCHMARKS, "generate", path, "--threads", str(arguments.threads)])
    theirs = Server(
        [
            "node",
            os.path.join(ROOT, "benchmarks/llama_server.mjs"),
            os.path.abspath(arguments.llama),
            path,
            str(arguments.threads),
            str(max(batches)),
        ]
    )
    # What is asked, and how many tokens that is.
    commands = {"prefill": (f"prefill {PROMPT}", PROMPT)}
    for batch in batches:
        steps = max(TOKENS // batch, 8)
        commands[f"decode {batch}"] = (f"decode {steps} {batch}", steps * batch)
    times = {name: ([], []) for name in commands}
    for warm in range(-1, arguments.rounds):
        for name, (command, _) in commands.items():
            pair = (ours, theirs) if warm % 2 else (theirs, ours)
            spent = {server: server.ask(command) for server in pair}
            if warm >= 0:
                times[name][0].append(spent[ours])
                times[name][1].append(spent[theirs])
    ours.close()
    theirs.close()
    result = {"peer": theirs.about.get("release")}
    for name, (_, tokens) in commands.items():
        mine, other = times[name]
        result[name] = {
            "luthier": round(1000 * tokens / statistics.median(mine), 1),
            "llama.cpp": round(1000 * tokens / statistics.median(other), 1),
            "ratio": round(statistics.median(b / a for a, b in zip(mine, other)), 2),
        }
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llama", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--shapes", default="B,T")
    parser.add_argument("--types", default="q8_0,q4_0,q4_k_m,bf16")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batches", default="1,16,32")
    parser.add_argument("--folder", default=os.path.join(tempfile.gettempdir(), "luthier-generate"))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    results = {}
    for shape in arguments.shapes.split(","):
        for kind in arguments.types.split(","):
            result = measure(make(shape, kind, arguments), arguments)
            results[f"{shape} {kind}"] = result
            if not arguments.json:
                for name, row in result.items():
                    if isinstance(row, dict):
                        numbers = "  ".join(f"{key} {value}" for key, value in row.items())
                        print(f"{shape} {kind:7} {name:10} tokens/s: {numbers}", flush=True)
    if arguments.json:
        print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
