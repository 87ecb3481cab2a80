#!/usr/bin/env python3
"""PyTorch on the same architectures: FP16, channels_last, cuDNN autotuned, inside a CUDA graph.

    bench/gpu/torch_nets.py [--nets b18c384nbt,...] [--batches 16,64,256] [--json FILE]

Prints positions per second to set beside those of bench_gpu_nets. Only the trunk and heads are
built, with random weights; nothing is read from network files.
"""
import argparse
import json
import sys

try:
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except ImportError:
    print("skipped: PyTorch is not installed")
    sys.exit(0)

# name: blocks, trunk, mid, pooled, activation, stem size, (inner pairs, heads, hidden)
NETS = {
    "b10c128": ("oooogoogoo", 128, 128, 32, F.relu, 5, None),
    "b20c256": ("oooooogoooogoooogooo", 256, 256, 64, F.relu, 5, None),
    "b40c256": ("".join("g" if i >= 5 and (i - 5) % 5 == 0 else "o" for i in range(40)), 256, 256, 64, F.relu, 5, None),
    "b18c384nbt": ("nnG" * 5 + "nnn", 384, 192, 64, F.mish, 3, None),
    "b28c512nbt": ("nnG" * 9 + "n", 512, 256, 64, F.mish, 3, None),
    "b11c768h12nbt3tf": ("T" * 11, 768, 384, 96, F.silu, 3, (3, 12, 1152)),
}


class NormAct(nn.Module):
    def __init__(self, channels, act):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.act = act

    def forward(self, x):
        return self.act(self.norm(x))


def conv(k, c_in, c_out):
    return nn.Conv2d(c_in, c_out, k, padding=k // 2, bias=False)


class Residual(nn.Module):
    def __init__(self, c, mid, pooled, act):
        super().__init__()
        self.pre, self.mid = NormAct(c, act), NormAct(mid, act)
        self.conv1, self.conv2 = conv(3, c, mid), conv(3, mid, c)
        self.pooled = pooled
        if pooled:
            self.g_conv, self.g_norm = conv(3, c, pooled), NormAct(pooled, act)
            self.to_bias = nn.Linear(3 * pooled, mid, bias=False)

    def forward(self, x):
        n = self.pre(x)
        u = self.conv1(n)
        if self.pooled:
            g = self.g_norm(self.g_conv(n))
            mean = g.mean((2, 3))
            pooled = torch.cat([mean, mean * 0.5, g.amax((2, 3))], 1)
            u = u + self.to_bias(pooled)[:, :, None, None]
        return x + self.conv2(self.mid(u))


class Nested(nn.Module):
    def __init__(self, c, inner_c, inner, act):
        super().__init__()
        self.pre, self.post = NormAct(c, act), NormAct(inner_c, act)
        self.down, self.up = conv(1, c, inner_c), conv(1, inner_c, c)
        self.inner = inner

    def forward(self, x):
        return x + self.up(self.post(self.inner(self.down(self.pre(x)))))


class Transformer(nn.Module):
    """Attention and gated feed-forward pairs on (n, c, h, w)."""

    def __init__(self, c, pairs, heads, hidden):
        super().__init__()
        self.heads = heads
        make = lambda a, b: nn.Linear(a, b, bias=False)
        self.layers = nn.ModuleList(
            nn.ModuleDict(dict(n1=nn.RMSNorm(c), q=make(c, c), k=make(c, c), v=make(c, c), o=make(c, c),
                               n2=nn.RMSNorm(c), a=make(c, hidden), g=make(c, hidden), b=make(hidden, c)))
            for _ in range(pairs))

    def forward(self, x):
        n, c, h, w = x.shape
        t = x.permute(0, 2, 3, 1).reshape(n, h * w, c)
        split = lambda y: y.view(n, h * w, self.heads, c // self.heads).transpose(1, 2)
        for l in self.layers:
            y = l["n1"](t)
            y = F.scaled_dot_product_attention(split(l["q"](y)), split(l["k"](y)), split(l["v"](y)))
            t = t + l["o"](y.transpose(1, 2).reshape(n, h * w, c))
            y = l["n2"](t)
            t = t + l["b"](F.silu(l["a"](y)) * l["g"](y))
        return t.view(n, h, w, c).permute(0, 3, 1, 2)


class Net(nn.Module):
    def __init__(self, blocks, c, mid, pooled, act, stem, tf):
        super().__init__()
        self.stem = conv(stem, 22, c)
        layers = []
        for kind in blocks:
            if kind in "og":
                layers.append(Residual(c, mid, pooled if kind == "g" else 0, act))
            elif kind in "nG":
                first = Residual(mid, mid, pooled if kind == "G" else 0, act)
                layers.append(Nested(c, mid, nn.Sequential(first, Residual(mid, mid, 0, act)), act))
            else:
                layers.append(Nested(c, mid, Transformer(mid, *tf), act))
        self.blocks = nn.Sequential(*layers)
        self.tip = NormAct(c, act)
        self.policy = nn.Sequential(conv(1, c, 48), NormAct(48, act), conv(1, 48, 2))
        self.value = nn.Sequential(conv(1, c, 96), NormAct(96, act))
        self.ownership = conv(1, 96, 1)
        self.win = nn.Linear(96, 3)

    def forward(self, x):
        t = self.tip(self.blocks(self.stem(x)))
        v = self.value(t)
        return self.policy(t), self.ownership(v), self.win(v.mean((2, 3)))


def positions_per_second(net, batch):
    x = torch.randn(batch, 22, 19, 19, device="cuda", dtype=torch.float16)
    x = x.to(memory_format=torch.channels_last)
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream), torch.no_grad():
        for _ in range(3):
            net(x)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.no_grad(), torch.cuda.graph(graph):
        net(x)
    graph.replay()
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(20):
        graph.replay()
    end.record()
    torch.cuda.synchronize()
    return batch * 20 / (start.elapsed_time(end) * 1e-3)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nets", default=",".join(NETS))
    parser.add_argument("--batches", default="1,16,64,256")
    parser.add_argument("--json")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("skipped: PyTorch sees no GPU")
        return
    torch.backends.cudnn.benchmark = True
    rows = []
    for name in options.nets.split(","):
        net = Net(*NETS[name]).cuda().half().eval().to(memory_format=torch.channels_last)
        for batch in map(int, options.batches.split(",")):
            rate = positions_per_second(net, batch)
            print(f"torch {torch.__version__} {name} batch {batch}: {rate:.0f} positions/s", flush=True)
            rows.append(dict(net=name, batch=batch, positions_per_second=rate))
    if options.json:
        with open(options.json, "w") as out:
            json.dump(rows, out, indent=1)


if __name__ == "__main__":
    main()
