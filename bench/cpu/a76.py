#!/usr/bin/env python3
"""Estimates positions/s of a Cortex-A76 (Raspberry Pi 5) without having one.

    cmake --preset arm64 -DHAYAGO_CORE_ONLY=OFF && cmake --build build/arm64 --target bench_layers
    bench/cpu/a76.py [--program build/arm64/bench/bench_layers] [--nets b6c96,b18c384nbt] [--ghz 2.4]
                     [--cores 4] [--gigabytes 10] [--precision fp32,fp16]
                     [--algorithm auto|winograd5|...] [--out FILE]

The program for Arm runs one 19x19 position under qemu, which logs every basic block that it executes.
That gives the exact number of instructions of every layer, pointers, transforms and epilogues included.
Cycles of a block are the larger of
  * what its instructions need of the core's pipelines when nothing waits for anything (`ports`), and
  * what llvm-mca says for the block in a loop (`mca`), from version 17 on, which has a model of the
    Neoverse N1, the server form of the A76 (Debian: llvm-19); without it the first alone.
Both take for granted that loads hit the L1 cache. What the memory allows is a second bound: every
position reads the packed weights once, and the cores share --gigabytes per second (an assumption).
Copying inputs and outputs, threads and the search are not counted.
Repeated blocks of a network are run once and counted as often as they occur.
Needs qemu-aarch64-static, aarch64-linux-gnu-objdump and -nm (the cross compiler's packages).
Exit status: 0; 1 a measurement failed; 2 wrong arguments or a program is missing.
"""
import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BLOCKS = {"b6c96": 4, "b10c128": 6, "b18c384nbt": 3, "b20c256": 8, "b28c512nbt": 3}
BEGIN, END = "hayago_layer_begins", "hayago_layers_end"
CPU = "max"  # of qemu: has what the A76 has; its own A76 came late
HOT = 1e-4  # llvm-mca looks at blocks with at least this share of the instructions

# Cortex-A76 (Arm's software optimization guide): four instructions per cycle are decoded; two
# pipelines for vectors of 128 bits, two for loads and stores (one store of them), three for integers,
# one of which is for branches, too, in this coarse model.
WIDTH, VECTOR_PIPES, MEMORY_PIPES, INTEGER_PIPES = 4, 2, 2, 3


class Failure(Exception):
    pass


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}")
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: exit status {done.returncode}: {done.stderr[-300:]}")
    return done.stdout


Layer = collections.namedtuple("Layer", "name kind algorithm macs weight_bytes")


def read_layers(text):
    layers = []
    for row in text.splitlines():
        name, kind, algorithm, macs, weight_bytes = row.split("\t")
        layers.append(Layer(name, kind, algorithm, float(macs), float(weight_bytes)))
    if not layers:
        raise Failure("bench_layers lists no layers")
    return layers


def marks(program):
    """Addresses of the two functions that divide the log."""
    found = {}
    for row in output_of("aarch64-linux-gnu-nm", program).splitlines():
        address, _, name = row.split(maxsplit=2) if row.count(" ") >= 2 else ("0", "", "")
        if name in (BEGIN, END):
            found[name] = int(address, 16)
    if len(found) != 2:
        raise Failure(f"{program} has no symbols {BEGIN} and {END}")
    return found[BEGIN], found[END]


TRACE = re.compile(rb"^Trace \d+: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/")
INSTRUCTION = re.compile(rb"^0x([0-9a-f]+):")


class Log:
    """What qemu writes: counts[i] are executions of layer i by block, sizes are those of blocks."""

    def __init__(self, begin, end):
        self.begin, self.end, self.ended = begin, end, False
        self.counts, self.sizes, self.complaint = [], {}, ""
        self.translated = []

    def read(self, lines):
        address_of = {}  # a block's executions are always the same line
        for line in lines:
            address = address_of.get(line)
            if address is None:
                trace = TRACE.match(line)
                if trace is None:
                    self.other_line(line)
                    continue
                address = address_of[line] = int(trace.group(1), 16)
            if address == self.begin:
                count = collections.defaultdict(int)
                self.counts.append(count)
            elif address == self.end:
                self.ended = True
            elif self.counts and not self.ended:
                count[address] += 1

    def other_line(self, line):
        instruction = INSTRUCTION.match(line)
        if line.startswith(b"IN:"):
            self.translated = []
        elif instruction is not None:
            self.translated.append(int(instruction.group(1), 16))
            self.sizes[self.translated[0]] = len(self.translated)
        elif line.startswith(b"bench_layers: "):
            self.complaint = line.decode().strip()


def run_layers(qemu, options, net, precision):
    """The layers that ran, and the log of them."""
    log = Log(*marks(options.program))
    command = [qemu, "-cpu", CPU, "-d", "in_asm,exec,nochain", options.program, net, precision,
               options.algorithm, str(BLOCKS[net])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        log.read(process.stderr)
        listed = process.stdout.read().decode()
    if log.complaint:
        raise Failure(log.complaint)
    layers = read_layers(listed)
    if process.returncode != 0 or not log.ended or len(log.counts) != len(layers):
        raise Failure(f"{net}: {len(log.counts)} of {len(layers)} layers in the log, exit status "
                      f"{process.returncode}")
    return layers, log


def disassemble(program):
    """{address: instruction}; branches lead to a label, since only their cost counts."""
    rows = {}
    text = output_of("aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", program)
    for line in text.splitlines():
        match = re.match(r"\s*([0-9a-f]+):\t(.*)$", line)
        if match is None:
            continue
        instruction = re.sub(r"\s*//.*$", "", match.group(2))
        instruction = re.sub(r"\b(0x)?[0-9a-f]+ <[^>]*>", "elsewhere", instruction)
        rows[int(match.group(1), 16)] = instruction.strip()
    return rows


def instructions_of(block, sizes, disassembly):
    rows = [disassembly.get(block + 4 * i) for i in range(sizes[block])]
    if None in rows:
        raise Failure(f"no disassembly of the block at {block:#x}")
    return rows


def port_cycles(instructions):
    vector = memory = stores = integer = 0
    for instruction in instructions:
        word, _, operands = instruction.partition("\t")
        if re.match(r"(ld|prfm|st)", word):
            # Pairs of 128 bits take a pipe twice.
            twice = word in ("ldp", "stp", "ldnp", "stnp") and operands.startswith("q")
            memory += 2 if twice else 1
            if word.startswith("st"):
                stores += 2 if twice else 1
                vector += (2 if twice else 1) if re.match(r"[qdsbhv{]", operands) else 0
        elif re.search(r"\b[vqds]\d+\b", operands) is not None:
            vector += 1
        else:
            integer += 1
    return max(len(instructions) / WIDTH, vector / VECTOR_PIPES, memory / MEMORY_PIPES, stores,
               integer / INTEGER_PIPES)


def find_mca():
    """The newest llvm-mca that has a model of the core, or None."""
    for version in range(30, 16, -1):
        path = shutil.which(f"llvm-mca-{version}")
        if path is not None:
            return path
    path = shutil.which("llvm-mca")
    if path is not None:
        version = re.search(r"LLVM version (\d+)", output_of(path, "--version"))
        if version is not None and int(version.group(1)) >= 17:
            return path
    return None


def mca_cycles(mca, blocks):
    """{block: cycles per pass} of {block: instructions}."""
    source = []
    for block, instructions in blocks.items():
        source += [f"# LLVM-MCA-BEGIN b{block:x}", *instructions, f"# LLVM-MCA-END b{block:x}"]
    command = [mca, "-mtriple=aarch64", "-mcpu=neoverse-n1", "-mattr=+fullfp16,+dotprod",
               "-iterations=200", "-json"]
    done = subprocess.run(command, input="\n".join(source) + "\n", capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{mca}: {done.stderr[:500]}")
    regions = json.loads(done.stdout)["CodeRegions"]
    if len(regions) != len(blocks):
        raise Failure(f"{mca}: {len(regions)} of {len(blocks)} blocks")
    return {int(region["Name"][1:], 16): region["SummaryView"]["TotalCycles"] / 200
            for region in regions}


def block_cycles(counts, sizes, disassembly, mca):
    """{block: cycles}, and the share of the instructions that llvm-mca saw."""
    total = collections.Counter()
    for count in counts:
        total.update(count)
    everything = sum(count * sizes[block] for block, count in total.items())
    code = {block: instructions_of(block, sizes, disassembly) for block in total}
    cycles = {block: port_cycles(rows) for block, rows in code.items()}
    hot = {block: code[block] for block, count in total.items()
           if count * sizes[block] >= HOT * everything}
    seen = sum(total[block] * sizes[block] for block in hot) / everything
    if mca is None:
        return cycles, 0
    for block, needed in mca_cycles(mca, hot).items():
        cycles[block] = max(cycles[block], needed)
    return cycles, seen


Cost = collections.namedtuple("Cost", "instructions cycles")


def costs_by_kind(layers, counts, sizes, cycles):
    """Equal layers differ by alignment at most; the mean of them."""
    found = collections.defaultdict(list)
    for layer, count in zip(layers, counts):
        found[layer.kind, layer.algorithm].append(
            (sum(n * sizes[b] for b, n in count.items()), sum(n * cycles[b] for b, n in count.items())))
    return {key: Cost(*(sum(column) / len(costs) for column in zip(*costs)))
            for key, costs in found.items()}


def print_net(net, precision, layers, costs, options, write):
    rows = collections.OrderedDict()
    for layer in layers:
        key = (layer.kind, layer.algorithm)
        if key not in costs:
            raise Failure(f"{net}: no layer of the part that ran is like {layer.name} ({layer.kind})")
        rows.setdefault(key, []).append(layer)
    write(f"\n{net} {precision}, one 19x19 position, one core at {options.ghz} GHz (ESTIMATE)\n")
    form = "{:<41}{:<11}{:>4}{:>11}{:>12}{:>14}{:>9}{:>11}\n"
    write(form.format("layer", "algorithm", "n", "MMAC each", "Minst each", "Mcycles each",
                      "ms all", "MAC/cycle"))
    seconds = macs = weight_bytes = instructions = 0
    for (kind, algorithm), same in sorted(rows.items(),
                                          key=lambda row: -len(row[1]) * costs[row[0]].cycles):
        cost = costs[kind, algorithm]
        here = len(same) * cost.cycles / (options.ghz * 1e9)
        seconds += here
        macs += sum(layer.macs for layer in same)
        instructions += len(same) * cost.instructions
        weight_bytes += sum(layer.weight_bytes for layer in same)
        write(form.format(kind, algorithm, len(same), f"{same[0].macs / 1e6:.2f}",
                          f"{cost.instructions / 1e6:.3f}", f"{cost.cycles / 1e6:.3f}",
                          f"{here * 1e3:.2f}", f"{same[0].macs / cost.cycles:.2f}"))
    compute = options.cores / seconds
    memory = options.gigabytes * 1e9 / weight_bytes
    write(f"sum: {macs / 1e9:.3f} GMAC, {instructions / 1e9:.3f} G instructions, {seconds * 1e3:.1f} ms "
          f"per position; {macs / (seconds * options.ghz * 1e9):.2f} MAC/cycle (peak without Winograd: 8)\n")
    write(f"{options.cores} cores: {compute:.1f} positions/s if all data were in L1; "
          f"{weight_bytes / 1e6:.0f} MB of weights at {options.gigabytes:g} GB/s: "
          f"{memory:.1f} positions/s\n")
    write(f"estimate: at most {min(compute, memory):.1f} positions/s, limited by "
          f"{'arithmetic' if compute < memory else 'memory'}\n")


def estimate(options, write):
    qemu = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
    if qemu is None:
        raise Failure("qemu-aarch64-static is not installed (Debian: qemu-user-static)")
    mca = find_mca()
    write(f"ESTIMATE for Cortex-A76, not a measurement. Command: bench/cpu/a76.py "
          f"{' '.join(sys.argv[1:])}\n")
    if mca is None:
        write("No llvm-mca of version 17 or newer (optional; Debian: llvm-19): cycles are what the "
              "pipelines allow at best.\n")
    disassembly = disassemble(options.program)
    for net in options.nets.split(","):
        if net not in BLOCKS:
            raise Failure(f"{net}: expected one of {', '.join(BLOCKS)}")
        for precision in options.precision.split(","):
            layers, log = run_layers(qemu, options, net, precision)
            cycles, seen = block_cycles(log.counts, log.sizes, disassembly, mca)
            costs = costs_by_kind(layers, log.counts, log.sizes, cycles)
            every = read_layers(output_of(qemu, "-cpu", CPU, options.program, net, precision,
                                          options.algorithm))
            print_net(net, precision, every, costs, options, write)
            if mca is not None:
                write(f"{os.path.basename(mca)} saw blocks with {100 * seen:.1f} % of the "
                      f"instructions\n")


def main():
    parser = argparse.ArgumentParser(description="estimated speed of networks on a Cortex-A76")
    parser.add_argument("--program", default=os.path.join(ROOT, "build/arm64/bench/bench_layers"))
    parser.add_argument("--nets", default="b6c96,b18c384nbt")
    parser.add_argument("--ghz", type=float, default=2.4)
    parser.add_argument("--cores", type=int, default=4)
    parser.add_argument("--precision", default="fp32,fp16")
    parser.add_argument("--algorithm", default="auto", help="of the float convolutions")
    parser.add_argument("--gigabytes", type=float, default=10, help="of memory, per second")
    parser.add_argument("--out")
    options = parser.parse_args()
    if not os.path.exists(options.program):
        print(f"a76.py: no {options.program}; see --help", file=sys.stderr)
        return 2
    text = []

    def write(part):
        print(part, end="", flush=True)
        text.append(part)

    try:
        estimate(options, write)
    except Failure as failure:
        print(f"a76.py: {failure}", file=sys.stderr)
        return 1
    if options.out:
        with open(options.out, "w") as file:
            file.write("".join(text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
