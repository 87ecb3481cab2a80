"""Compute graphs of KataGo networks for other runtimes: ONNX, opset 18, NCHW, random weights.

The shapes are those of nn/model/synth_arch.cc, the operations those that nn/blocks/*.cc emits, for
boards that fill the buffer (no mask). others.py compares the multiply-adds counted in the finished
graph with those that `hayago synth-net` prints, so that a row cannot drift away unnoticed.

Where an exporter has a choice, the graph has the form that runtimes handle best: a norm is one
BatchNormalization (or, with norms="muladd", Mul and Add), pooling is GlobalAveragePool and
GlobalMaxPool, tokens are transposed once per nested block, and the rotary embedding pairs channel j
with j + d/2 (the same as j and j + 1 after reordering the columns of the projections). Mish is the
ONNX operation, as exporters leave it; mish="exp" writes it as x * n / (n + 2), n = e^x * (e^x + 2),
for runtimes that have no kernel of their own for it.
"""
import dataclasses
import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZE, POINTS, PLANES, GLOBALS, OPSET = 19, 361, 22, 19, 18
ORDINARY = ("Relu", 5)     # activation and first kernel of version 8
NESTED = ("Mish", 3)
TRANSFORMER = ("Silu", 3)


@dataclasses.dataclass
class Arch:
    # One letter per block: o ordinary, g pooling, n nested (two ordinary), G nested (pooling and
    # ordinary), T nested with `pairs` times (attention, feed-forward).
    blocks: str
    trunk: int
    mid: int
    pooled: int
    p1: int
    g1: int
    v1: int
    v2: int
    style: tuple
    policy: int                # channels of the policy
    scores: int
    pass_layers: int           # products between the pooled features and the pass move
    pairs: int = 0
    heads: int = 0
    hidden: int = 0

    @property
    def act(self):
        return self.style[0]


ARCHS = {
    "b6c96": Arch("oogogo", 96, 96, 32, 32, 32, 32, 64, ORDINARY, 1, 4, 1),
    "b10c128": Arch("oooogoogoo", 128, 128, 32, 32, 32, 32, 80, ORDINARY, 1, 4, 1),
    "b18c384nbt": Arch("nnG" * 5 + "nnn", 384, 192, 64, 48, 48, 96, 128, NESTED, 2, 6, 1),
    "b20c256": Arch("oooooogoooogoooogooo", 256, 256, 64, 48, 48, 48, 112, ORDINARY, 1, 4, 1),
    "b11c768h12nbt3tf": Arch("T" * 11, 768, 384, 96, 96, 96, 192, 192, TRANSFORMER, 2, 6, 2,
                             pairs=3, heads=12, hidden=1152),
}


class Builder:
    """Nodes and weights; every method takes and returns names of tensors."""

    def __init__(self, act, norms, mish):
        self.act_type, self.norms, self.mish = act, norms, mish
        self.nodes, self.weights, self.names = [], [], {}
        self.random = np.random.default_rng(1)

    def name(self, kind):
        self.names[kind] = self.names.get(kind, 0) + 1
        return f"{kind}_{self.names[kind]}"

    def constant(self, values, kind="weight"):
        name = self.name(kind)
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def normal(self, shape, deviation):
        return self.random.standard_normal(shape, dtype=np.float32) * np.float32(deviation)

    def uniform(self, shape, low, high):
        return self.random.uniform(low, high, shape).astype(np.float32)

    def node(self, kind, *inputs, outputs=None, **attributes):
        names = outputs or [self.name(kind.lower())]
        self.nodes.append(helper.make_node(kind, list(inputs), names, self.name("node"), **attributes))
        return names[0]

    def ints(self, *values):
        return self.constant(np.array(values, np.int64), "shape")

    def scalar(self, value):
        return self.constant(np.array(value, np.float32), "scalar")

    def reshape(self, x, *shape):  # 0: as it was
        return self.node("Reshape", x, self.ints(*shape))

    def transpose(self, x, *order):
        return self.node("Transpose", x, perm=list(order))

    def act(self, x):
        if self.act_type == "Silu":
            return self.node("Mul", x, self.node("Sigmoid", x))
        if self.act_type == "Mish" and self.mish == "exp":
            e = self.node("Exp", self.node("Min", x, self.scalar(20)))  # n / (n + 2) is 1 beyond
            n = self.node("Mul", e, self.node("Add", e, self.scalar(2)))
            return self.node("Mul", x, self.node("Div", n, self.node("Add", n, self.scalar(2))))
        return self.node(self.act_type, x)

    def conv(self, x, kernel, c_in, c_out, gain=1.0):
        weights = self.normal((c_out, c_in, kernel, kernel), gain * math.sqrt(2 / (c_in * kernel ** 2)))
        return self.node("Conv", x, self.constant(weights), kernel_shape=[kernel, kernel],
                         pads=[kernel // 2] * 4)

    def matmul(self, x, c_in, c_out, gain=1.0):
        return self.node("MatMul", x, self.constant(self.normal((c_in, c_out), gain / math.sqrt(c_in))))

    def bias(self, x, channels):
        return self.node("Add", x, self.constant(self.normal((channels,), 0.2)))

    def norm_act(self, x, channels):
        scale, shift = self.uniform((channels,), 0.75, 1.25), self.normal((channels,), 0.2)
        if self.norms == "batchnorm":
            mean, variance = np.zeros_like(shift), np.ones_like(shift)
            return self.act(self.node("BatchNormalization", x,
                                      *map(self.constant, (scale, shift, mean, variance))))
        column = (1, channels, 1, 1)
        scaled = self.node("Mul", x, self.constant(scale.reshape(column)))
        return self.act(self.node("Add", scaled, self.constant(shift.reshape(column))))

    def pool(self, x, channels, value_head=False):
        mean = self.reshape(self.node("GlobalAveragePool", x), 0, channels)
        distance = math.sqrt(POINTS) - 14
        parts = [mean, self.node("Mul", mean, self.scalar(distance * 0.1))]
        if value_head:
            parts.append(self.node("Mul", mean, self.scalar(distance ** 2 * 0.01 - 0.1)))
        else:
            parts.append(self.reshape(self.node("GlobalMaxPool", x), 0, channels))
        return self.node("Concat", *parts, axis=1)

    def add_row(self, x, row, channels):
        return self.node("Add", x, self.reshape(row, 0, channels, 1, 1))

    def rms_norm(self, x, weight, axes):
        square = self.node("ReduceMean", self.node("Pow", x, self.scalar(2)), self.ints(*axes), keepdims=1)
        root = self.node("Sqrt", self.node("Add", square, self.scalar(1e-6)))
        return self.node("Mul", self.node("Div", x, root), self.constant(weight))


def residual(b, arch, x, channels, pooling):
    pooled = arch.pooled if pooling else 0
    regular = arch.mid - pooled
    n = b.norm_act(x, channels)
    u = b.conv(n, 3, channels, regular)
    if pooling:
        rows = b.pool(b.norm_act(b.conv(n, 3, channels, pooled), pooled), pooled)
        u = b.add_row(u, b.matmul(rows, 3 * pooled, regular, 0.3), regular)
    return b.node("Add", x, b.conv(b.norm_act(u, regular), 3, regular, channels, 0.4))


def rotate(b, arch, x, cosine, sine):
    """x: (n, heads, points, d); (first, second) -> x * cosine + (-second, first) * sine."""
    half = arch.mid // arch.heads // 2
    first, second = (b.node("Slice", x, b.ints(i * half), b.ints((i + 1) * half), b.ints(3))
                     for i in (0, 1))
    turned = b.node("Concat", b.node("Neg", second), first, axis=3)
    return b.node("Add", b.node("Mul", x, cosine), b.node("Mul", turned, sine))


def attention(b, arch, x):
    c, heads = arch.mid, arch.heads
    d = c // heads
    n = b.rms_norm(x, b.uniform((c,), 0.7, 1.3), [2])
    split = lambda y: b.transpose(b.reshape(y, 0, POINTS, heads, d), 0, 2, 1, 3)
    q, k, v = (split(b.matmul(n, c, c)) for _ in range(3))
    frequencies = b.uniform((heads, 1, d // 2, 2), -0.5, 0.5)  # learned: per head, column and row
    point = np.arange(POINTS, dtype=np.float32).reshape(1, -1, 1)
    angles = point % SIZE * frequencies[..., 0] + point // SIZE * frequencies[..., 1]
    angles = np.concatenate([angles, angles], 2)[None].astype(np.float32)
    tables = b.constant(np.cos(angles)), b.constant(np.sin(angles))
    q, k = rotate(b, arch, q, *tables), rotate(b, arch, k, *tables)
    logits = b.node("MatMul", b.node("Mul", q, b.scalar(d ** -0.5)), b.transpose(k, 0, 1, 3, 2))
    mixed = b.node("MatMul", b.node("Softmax", logits, axis=-1), v)
    joined = b.reshape(b.transpose(mixed, 0, 2, 1, 3), 0, POINTS, c)
    return b.node("Add", x, b.matmul(joined, c, c, 0.5))


def feed_forward(b, arch, x):
    c, hidden = arch.mid, arch.hidden
    n = b.rms_norm(x, b.uniform((c,), 0.7, 1.3), [2])
    up, gate = b.matmul(n, c, hidden), b.matmul(n, c, hidden)
    gated = b.node("Mul", b.node("Mul", up, b.node("Sigmoid", up)), gate)
    return b.node("Add", x, b.matmul(gated, hidden, c, 0.5))


def nested(b, arch, x, kind):
    c, mid = arch.trunk, arch.mid
    u = b.conv(b.norm_act(x, c), 1, c, mid)
    if kind == "T":
        u = b.transpose(b.reshape(u, 0, mid, POINTS), 0, 2, 1)
        for _ in range(arch.pairs):
            u = feed_forward(b, arch, attention(b, arch, u))
        u = b.reshape(b.transpose(u, 0, 2, 1), 0, mid, SIZE, SIZE)
    else:
        u = residual(b, arch, u, mid, kind == "G")
        u = residual(b, arch, u, mid, False)
    return b.node("Add", x, b.conv(b.norm_act(u, mid), 1, mid, c, 0.4))


def heads(b, arch, tip):
    c, p1, g1, v1, v2 = arch.trunk, arch.p1, arch.g1, arch.v1, arch.v2
    pooled = b.pool(b.norm_act(b.conv(tip, 1, c, g1), g1), g1)
    u = b.add_row(b.conv(tip, 1, c, p1), b.matmul(pooled, 3 * g1, p1), p1)
    b.node("Identity", b.conv(b.norm_act(u, p1), 1, p1, arch.policy), outputs=["policy"])
    if arch.pass_layers == 2:
        move = b.matmul(b.act(b.bias(b.matmul(pooled, 3 * g1, p1), p1)), p1, arch.policy)
    else:
        move = b.matmul(pooled, 3 * g1, arch.policy)
    b.node("Identity", move, outputs=["pass"])

    k = b.norm_act(b.conv(tip, 1, c, v1), v1)
    hidden = b.act(b.bias(b.matmul(b.pool(k, v1, value_head=True), 3 * v1, v2), v2))
    b.node("Identity", b.bias(b.matmul(hidden, v2, 3), 3), outputs=["value"])
    b.node("Identity", b.bias(b.matmul(hidden, v2, arch.scores), arch.scores), outputs=["score"])
    b.node("Identity", b.conv(k, 1, v1, 1), outputs=["ownership"])


def build(name, norms="batchnorm", mish="op"):
    """The network for batches of any size: the first dimension of its inputs is called N."""
    arch = ARCHS[name]
    b = Builder(arch.act, norms, mish)
    c = arch.trunk
    x = b.add_row(b.conv("spatial", arch.style[1], PLANES, c), b.matmul("global", GLOBALS, c), c)
    for kind in arch.blocks:
        if kind in "og":
            x = residual(b, arch, x, c, kind == "g")
        else:
            x = nested(b, arch, x, kind)
    if arch.heads:  # root-mean-square norm over channels and points
        x = b.rms_norm(x, b.uniform((c, 1, 1), 0.7, 1.3), [1, 2, 3])
        x = b.act(b.node("Add", x, b.constant(b.normal((c, 1, 1), 0.2))))
    else:
        x = b.norm_act(x, c)
    heads(b, arch, x)

    value = lambda key, *shape: helper.make_tensor_value_info(key, TensorProto.FLOAT, ["N", *shape])
    inputs = [value("spatial", PLANES, SIZE, SIZE), value("global", GLOBALS)]
    outputs = [value("policy", arch.policy, SIZE, SIZE), value("pass", arch.policy),
               value("value", 3), value("score", arch.scores), value("ownership", 1, SIZE, SIZE)]
    graph = helper.make_graph(b.nodes, name, inputs, outputs, b.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def macs_per_position(model):
    """Multiply-adds of all convolutions and products, counted in the graph itself."""
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    shapes = {w.name: list(w.dims) for w in graph.initializer}
    for value in [*graph.input, *graph.value_info, *graph.output]:
        shapes[value.name] = [d.dim_value or 1 for d in value.type.tensor_type.shape.dim]  # N = 1
    total = 0
    for node in graph.node:
        if node.op_type == "Conv":
            total += math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[1]][1:])
        elif node.op_type == "MatMul":
            total += math.prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
    return total


def inputs(batch):
    """Random planes like those of a game (few points set) and small globals."""
    random = np.random.default_rng(batch)
    planes = random.random((batch, PLANES, SIZE, SIZE)) < 0.12
    return {"spatial": planes.astype(np.float32),
            "global": random.uniform(-0.5, 0.5, (batch, GLOBALS)).astype(np.float32)}
