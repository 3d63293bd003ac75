"""A training step of a Llama-family model in PyTorch, the peer of `Luthier.Benchmarks step`.

Reads `step` lines on standard input and answers each with a JSON line {"ms": …, "loss": …}; `quit` answers
{"peak_mb": …} and ends. Shapes and batch are those of benchmarks/shapes.json.
"""

import argparse
import json
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class RmsNorm(nn.Module):
    def __init__(self, size, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x):
        dtype = x.dtype
        x = x.float()
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return self.weight * x.to(dtype)


class Lora(nn.Module):
    """A frozen linear layer with a low-rank update beside it, as PEFT computes it."""

    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        self.a = nn.Linear(base.in_features, rank, bias=False)
        self.b = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.b.weight)
        self.scale = alpha / rank

    def forward(self, x):
        return self.base(x) + self.b(self.a(x)) * self.scale


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        hidden, heads, kv = shape["hidden_size"], shape["num_attention_heads"], shape["num_key_value_heads"]
        self.heads, self.kv, self.size = heads, kv, hidden // heads
        self.q_proj = nn.Linear(hidden, heads * self.size, bias=False)
        self.k_proj = nn.Linear(hidden, kv * self.size, bias=False)
        self.v_proj = nn.Linear(hidden, kv * self.size, bias=False)
        self.o_proj = nn.Linear(heads * self.size, hidden, bias=False)
        self.gate = nn.Linear(hidden, shape["intermediate_size"], bias=False)
        self.up = nn.Linear(hidden, shape["intermediate_size"], bias=False)
        self.down = nn.Linear(shape["intermediate_size"], hidden, bias=False)
        self.norm1 = RmsNorm(hidden, 1e-5)
        self.norm2 = RmsNorm(hidden, 1e-5)

    def forward(self, x, cos, sin, mask):
        batch, length, _ = x.shape
        n = self.norm1(x)
        q = self.q_proj(n).view(batch, length, self.heads, self.size).transpose(1, 2)
        k = self.k_proj(n).view(batch, length, self.kv, self.size).transpose(1, 2)
        v = self.v_proj(n).view(batch, length, self.kv, self.size).transpose(1, 2)
        q = q * cos + rotate_half(q) * sin
        k = k * cos + rotate_half(k) * sin
        if self.kv != self.heads:
            k = k.repeat_interleave(self.heads // self.kv, dim=1)
            v = v.repeat_interleave(self.heads // self.kv, dim=1)
        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(self.size) + mask
        weights = F.softmax(scores, dim=-1, dtype=torch.float32).to(q.dtype)
        y = torch.matmul(weights, v).transpose(1, 2).reshape(batch, length, -1)
        x = x + self.o_proj(y)
        n = self.norm2(x)
        return x + self.down(F.silu(self.gate(n)) * self.up(n))


class Llama(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.embed = nn.Embedding(shape["vocab_size"], shape["hidden_size"])
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape["num_hidden_layers"]))
        self.norm = RmsNorm(shape["hidden_size"], 1e-5)
        self.head = nn.Linear(shape["hidden_size"], shape["vocab_size"], bias=False)
        if shape["tie_word_embeddings"]:
            self.head.weight = self.embed.weight
        self.size = shape["hidden_size"] // shape["num_attention_heads"]

    def forward(self, ids, labels):
        length = ids.shape[1]
        inverse = 1.0 / (10000 ** (torch.arange(0, self.size, 2).float() / self.size))
        angles = torch.outer(torch.arange(length).float(), inverse)
        angles = torch.cat((angles, angles), dim=-1)
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = self.embed(ids)
        for layer in self.layers:
            x = layer(x, angles.cos(), angles.sin(), mask)
        logits = self.head(self.norm(x)).float()
        return F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", required=True, help="a JSON object: one entry of shapes.json")
    parser.add_argument("--method", choices=["lora", "full"], default="lora")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    shape = json.loads(arguments.shape)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    model = Llama(shape)
    for parameter in model.parameters():
        if parameter.dim() == 2:
            nn.init.normal_(parameter, std=0.02)
    if arguments.method == "lora":
        for parameter in model.parameters():
            parameter.requires_grad = False
        for layer in model.layers:
            layer.q_proj = Lora(layer.q_proj, 8, 16)
            layer.v_proj = Lora(layer.v_proj, 8, 16)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=3e-4, weight_decay=0.0)
    ids = torch.randint(0, shape["vocab_size"], (4, 256))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=arguments.dtype == "bfloat16"):
            loss = model(ids, ids)
        loss.backward()
        optimizer.step()
        value = loss.item()
        print(json.dumps({"ms": (time.perf_counter() - start) * 1000, "loss": value}), flush=True)
    with open("/proc/self/status") as status:
        peak = next(int(row.split()[1]) / 1024 for row in status if row.startswith("VmHWM"))
    print(json.dumps({"peak_mb": peak}), flush=True)


if __name__ == "__main__":
    main()
