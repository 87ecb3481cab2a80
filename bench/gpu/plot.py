#!/usr/bin/env python3
"""Draws positions per second over batch sizes, one line per network, and prints the same as a table.

    bench/gpu/plot.py nets.json [--torch torch.json] [--svg FILE]

nets.json comes from bench_gpu_nets, torch.json from torch_nets.py (dashed lines). Needs nothing but
Python's standard library.
"""
import argparse
import json
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from svg import COLOURS, document, line, text, ticks

WIDTH, HEIGHT = 860, 520
LEFT, RIGHT, TOP, BOTTOM = 80, 190, 60, 60


def read_lines(nets, torch_rows):
    """{net: {batch: positions/s}} of hayago and of PyTorch; hayago with as many contexts as help."""
    ours = {net["net"]: {row["batch"]: max(row["one"], row["two"]) for row in net["rows"]}
            for net in nets["nets"]}
    theirs = {}
    for row in torch_rows:
        theirs.setdefault(row["net"], {})[row["batch"]] = row["positions_per_second"]
    return ours, {net: rows for net, rows in theirs.items() if net in ours}


def print_table(ours, theirs):
    batches = sorted({batch for rows in ours.values() for batch in rows})
    print(f"{'positions/s at batch':<28}" + "".join(f"{batch:>9}" for batch in batches))
    for net, rows in ours.items():
        cells = lambda values, form: "".join(
            form(values[batch]) if batch in values else f"{'':>9}" for batch in batches)
        print(f"{net:<28}" + cells(rows, lambda v: f"{v:9.0f}"))
        if net in theirs:
            print(f"{'  PyTorch':<28}" + cells(theirs[net], lambda v: f"{v:9.0f}"))
            ratio = {b: rows[b] / theirs[net][b] for b in rows if b in theirs[net]}
            print(f"{'  hayago / PyTorch':<28}" + cells(ratio, lambda v: f"{v:9.2f}"))


class Axes:
    """Both logarithmic."""

    def __init__(self, batches, rates):
        self.batches = sorted(batches)
        self.low, self.high = min(rates) / 1.3, max(rates) * 1.3
        self.first, self.last = math.log2(self.batches[0]), math.log2(self.batches[-1])

    def x(self, batch):
        share = (math.log2(batch) - self.first) / ((self.last - self.first) or 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, rate):
        share = math.log(rate / self.low) / math.log(self.high / self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def draw_frame(axes, title):
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [text(WIDTH / 2, 26, title, size=16)]
    for rate in ticks(axes.low, axes.high):
        parts += [line(LEFT, axes.y(rate), right, axes.y(rate)),
                  text(LEFT - 8, axes.y(rate) + 4, f"{rate:,.0f}", "end")]
    written = -math.inf
    for batch in axes.batches:
        parts.append(line(axes.x(batch), TOP, axes.x(batch), bottom))
        if axes.x(batch) - written > 24:
            parts.append(text(axes.x(batch), bottom + 18, str(batch)))
            written = axes.x(batch)
    parts += [text((LEFT + right) / 2, HEIGHT - 16, "positions per batch"),
              text(LEFT, TOP - 12, "positions per second", "start")]
    return parts


def draw_line(axes, rows, colour, dashed):
    points = [(axes.x(batch), axes.y(rate)) for batch, rate in sorted(rows.items())]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    style = ' stroke-dasharray="5 4" opacity="0.7"' if dashed else ""
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{style}/>']
    if not dashed:
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
    return parts


def draw_names(axes, ours):
    """At the right ends of the lines, moved apart where they would overlap."""
    ends = sorted((axes.y(rows[max(rows)]), i, net) for i, (net, rows) in enumerate(ours.items()))
    parts, free = [], -math.inf
    for y, i, net in ends:
        y = max(y + 4, free)
        free = y + 15
        parts.append(text(WIDTH - RIGHT + 10, y, net, "start", colour=COLOURS[i % len(COLOURS)]))
    return parts


def draw(nets, ours, theirs):
    every = [rows for lines in (ours, theirs) for rows in lines.values()]
    axes = Axes({batch for rows in every for batch in rows},
                [rate for rows in every for rate in rows.values()])
    parts = draw_frame(axes, f"{nets['device']}, {nets['precision']}, 19x19")
    for i, net in enumerate(ours):
        colour = COLOURS[i % len(COLOURS)]
        parts += draw_line(axes, ours[net], colour, dashed=False)
        if net in theirs:
            parts += draw_line(axes, theirs[net], colour, dashed=True)
    parts += draw_names(axes, ours)
    if theirs:
        parts.append(text(WIDTH - RIGHT, TOP - 12, "dashed: PyTorch", "end"))
    return document(WIDTH, HEIGHT, parts)


def main():
    parser = argparse.ArgumentParser(description="positions per second over batch sizes")
    parser.add_argument("nets")
    parser.add_argument("--torch")
    parser.add_argument("--svg")
    options = parser.parse_args()
    with open(options.nets) as source:
        nets = json.load(source)
    torch_rows = []
    if options.torch:
        with open(options.torch) as source:
            torch_rows = json.load(source)
    ours, theirs = read_lines(nets, torch_rows)
    if not any(ours.values()):
        print("no networks in", options.nets)
        return
    print_table(ours, theirs)
    if options.svg:
        with open(options.svg, "w") as out:
            out.write(draw(nets, ours, theirs))


if __name__ == "__main__":
    main()
