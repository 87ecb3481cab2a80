#!/usr/bin/env python3
"""Table and plot of what bench_nn measured.

    build/release/bench/bench_nn --isas=all --benchmark_repetitions=3 --benchmark_out=nets.json \\
        --benchmark_out_format=json
    bench/nn/plot.py nets.json [more.json ...] [--out bench/results/nets-NAME] [--title TEXT]

Prints positions/s of every network, instruction set and precision by positions per call and threads,
and the best share of the machine's float multiply-add peak ("direct-equivalent": the plain algorithm's
multiply-adds count, so Winograd forms may exceed 1). --out writes that to OUT.txt and bars of both to
OUT.svg. Of repetitions the best counts. Needs nothing but Python's standard library.
Exit status: 0; 1 nothing to show; 2 wrong arguments or a file that is not bench_nn's.
"""
import argparse
import collections
import json
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from svg import COLOURS, bar, document, line, text, ticks

WIDTH, PANEL, LEFT, RIGHT, TOP, GAP, BOTTOM = 960, 250, 70, 170, 60, 50, 50

# positions/s and of_peak: of one network on one instruction set in one precision
Cell = collections.namedtuple("Cell", "batch threads cores")
Rate = collections.namedtuple("Rate", "positions of_peak")


class Unreadable(Exception):
    pass


def read_file(path):
    """({(net, isa, precision): {Cell: Rate}}, context) of one output of Google Benchmark."""
    try:
        with open(path) as source:
            content = json.load(source)
        runs, context = content["benchmarks"], content["context"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{path}: not a JSON output of bench_nn ({error})")
    rows = {}
    for run in runs:
        if run.get("run_type") == "aggregate" or run.get("error_occurred"):
            continue
        parts = run["name"].split("/")
        if len(parts) < 4 or "positions/s" not in run:
            raise Unreadable(f"{path}: '{run['name']}' is not net/isa/precision/batch of bench_nn")
        cells = rows.setdefault(tuple(parts[:3]), {})
        cores = 2 if parts[4:5] == ["two_cores"] else 1
        cell = Cell(int(parts[3]), int(run.get("threads", 1)), cores)
        rate = Rate(run["positions/s"], run["of_peak"] / cores)
        if cell not in cells or cells[cell].positions < rate.positions:
            cells[cell] = rate
    return rows, context


def heading(cell):
    return f"{cell.threads} x {cell.batch}" + (" 2c" if cell.cores == 2 else "")


def table(rows, title):
    columns = sorted({cell for cells in rows.values() for cell in cells},
                     key=lambda cell: (cell.threads, cell.cores, cell.batch))
    lines = [title, "positions/s by threads x positions per call (2c: a call on two cores); last: best "
             "share of the float multiply-add peak per core", ""]
    lines.append(f"{'net':<20}{'isa':<12}{'type':<6}" +
                 "".join(f"{heading(c):>10}" for c in columns) + f"{'of peak':>10}")
    for (net, isa, precision), cells in rows.items():
        values = "".join(f"{cells[c].positions:10.1f}" if c in cells else f"{'':>10}"
                         for c in columns)
        share = max(rate.of_peak for rate in cells.values())
        lines.append(f"{net:<20}{isa:<12}{precision:<6}{values}{share:10.2f}")
    return "\n".join(lines) + "\n"


class Panel:
    """A row of groups of bars, one group per network, one bar per instruction set and precision."""

    def __init__(self, top, nets, kinds, low, high, logarithmic):
        self.top, self.nets, self.kinds = top, nets, kinds
        self.low, self.high, self.logarithmic = low, high, logarithmic
        self.group = (WIDTH - LEFT - RIGHT) / len(nets)

    def y(self, value):
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = value / self.high
        return self.top + PANEL * (1 - share)

    def frame(self, values, title, form):
        parts = [text(LEFT, self.top - 10, title, "start")]
        for value in values:
            parts += [line(LEFT, self.y(value), WIDTH - RIGHT, self.y(value)),
                      text(LEFT - 8, self.y(value) + 4, form.format(value), "end")]
        for i, net in enumerate(self.nets):
            parts.append(text(LEFT + (i + 0.5) * self.group, self.top + PANEL + 16, net, size=11))
        return parts

    def bars(self, value_of):
        """value_of(net, kind): None where nothing was measured."""
        width = 0.85 * self.group / len(self.kinds)
        bottom, parts = self.top + PANEL, []
        for i, net in enumerate(self.nets):
            for k, kind in enumerate(self.kinds):
                value = value_of(net, kind)
                if value is None:
                    continue
                x = LEFT + i * self.group + 0.075 * self.group + k * width
                parts.append(bar(x, self.y(value), 0.92 * width, bottom - self.y(value),
                                 COLOURS[k % len(COLOURS)]))
        return parts


def draw(rows, title):
    nets = list(dict.fromkeys(net for net, _, _ in rows))
    kinds = list(dict.fromkeys((precision, isa) for _, isa, precision in rows))
    rate = {key: max(r.positions for r in cells.values()) for key, cells in rows.items()}
    share = {key: max(r.of_peak for r in cells.values()) for key, cells in rows.items()}
    low, high = min(rate.values()) / 2, max(rate.values()) * 1.3
    upper = Panel(TOP, nets, kinds, low, high, True)
    lower = Panel(TOP + PANEL + GAP, nets, kinds, 0, max(share.values()) * 1.1, False)
    step = 0.5 if lower.high < 5 else 1
    parts = [text(WIDTH / 2, 26, title, size=16)]
    parts += upper.frame(list(ticks(low, high)), "positions per second (best batch and threads)",
                         "{:,g}")
    parts += upper.bars(lambda net, kind: rate.get((net, kind[1], kind[0])))
    parts += lower.frame([i * step for i in range(int(lower.high / step) + 1)],
                         "share of the float multiply-add peak, direct-equivalent, per thread",
                         "{:.1f}")
    parts += lower.bars(lambda net, kind: share.get((net, kind[1], kind[0])))
    for k, (precision, isa) in enumerate(kinds):
        y = TOP + 18 * k
        parts += [bar(WIDTH - RIGHT + 12, y, 12, 12, COLOURS[k % len(COLOURS)]),
                  text(WIDTH - RIGHT + 30, y + 11, f"{precision} {isa}", "start")]
    return document(WIDTH, TOP + 2 * PANEL + GAP + BOTTOM, parts)


def main():
    parser = argparse.ArgumentParser(description="table and plot of bench_nn's results")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--out", help="write OUT.txt and OUT.svg")
    parser.add_argument("--title", help="default: host, processors and date of the first file")
    options = parser.parse_args()
    rows, contexts = {}, []
    try:
        for path in options.files:
            more, context = read_file(path)
            contexts.append(context)
            for key, cells in more.items():
                rows.setdefault(key, {}).update(cells)
    except Unreadable as problem:
        print(f"plot.py: {problem}", file=sys.stderr)
        return 2
    if not rows:
        print("plot.py: no measurements in the files", file=sys.stderr)
        return 1
    title = options.title or (f"bench_nn, {contexts[0].get('num_cpus', '?')} processors, "
                              f"{contexts[0].get('date', '')[:10]}")
    words = table(rows, title)
    print(words, end="")
    if options.out:
        with open(options.out + ".txt", "w") as out:
            out.write(words)
        with open(options.out + ".svg", "w") as out:
            out.write(draw(rows, title))
    return 0


if __name__ == "__main__":
    sys.exit(main())
