#!/usr/bin/env python3
"""ONNX Runtime and OpenVINO on the CPU beside hayago: positions/s on the same architectures.

    bench/cpu/others.py [--hayago build/release/hayago] [--nets b6c96,...] [--threads 2]
                        [--seconds 3] [--batches 1,8,32] [--out FILE]

Needs Python 3.9 and the packages numpy, onnx, onnxruntime and openvino; what is missing is reported as
skipped. The networks have random weights: graphs.py builds them for the runtimes, `hayago synth-net`
for us. A network whose graph has another number of multiply-adds than ours is not measured.

Contestants take turns, `--rounds` times per batch size. A turn is a row of windows of at least a
quarter of a second (and at least one run of the batch); the best window of all turns counts. Ours is
the best round of 'Network alone' of `hayago benchmark`: every thread works on its own positions, one
at a time. The runtimes use their threads inside one batch. ONNX Runtime runs networks with Mish in two
forms and the better one counts: it has no kernel for the operation and takes it apart.
Exit status: 0; 1 a network could not be compared; 2 wrong arguments or no program.
"""
import argparse
import dataclasses
import importlib
import os
import re
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WINDOW = 0.25          # seconds, as in `hayago benchmark`
MACS_TOLERANCE = 0.02
AGREEMENT = 1e-3       # of two runtimes in fp32, relative to the largest output
BATCHES = "1,8,32"
PACKAGES = {"numpy": "the graphs", "onnx": "the graphs", "onnxruntime": "ONNX Runtime",
            "openvino": "OpenVINO"}
OURS, ORT, OPENVINO = "hayago", "ONNX Runtime", "OpenVINO"


class Skip(Exception):
    """A contestant cannot take part; the text says why."""


class Failure(Exception):
    """A network cannot be compared."""


def run_program(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}")


def best_window(run, batch, seconds):
    """Positions/s of the best window within about `seconds`."""
    best, begin = 0.0, time.perf_counter()
    while best == 0 or time.perf_counter() - begin < seconds:
        start, runs, elapsed = time.perf_counter(), 0, 0.0
        while elapsed < WINDOW:
            run()
            runs += 1
            elapsed = time.perf_counter() - start
        best = max(best, runs * batch / elapsed)
    return best


class Hayago:
    runtime, form, kind = OURS, "", ""

    def __init__(self, program, model, threads, precision):
        self.program, self.model, self.threads, self.precision = program, model, threads, precision

    def turn(self, seconds):
        rounds = max(1, round(seconds / WINDOW))
        done = run_program(self.program, "benchmark", "-model", self.model, "-t", str(self.threads),
                           "-v", "2", "-n", str(rounds),
                           "-override-config", f"backend=cpu,precision={self.precision}")
        speed = re.search(r"Network alone: .*best round ([0-9.]+)", done.stdout)
        if done.returncode != 0 or speed is None:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise Skip(said[-1] if said else f"ended with status {done.returncode}")
        kind = re.search(r"currently using the CPU \((.*?)\)", done.stdout)
        self.kind = kind.group(1) if kind else self.precision
        return float(speed.group(1))


class OnnxRuntime:
    runtime, precision = ORT, "fp32"

    def __init__(self, graph, form, inputs, threads):
        import onnxruntime
        self.form = form
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        self.inputs, self.batch = inputs, len(inputs["spatial"])
        options.add_free_dimension_override_by_name("N", self.batch)
        self.session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def outputs(self):
        return self.session.run(None, self.inputs)

    def turn(self, seconds):
        return best_window(self.outputs, self.batch, seconds)


class OpenVino:
    runtime, form = OPENVINO, ""

    def __init__(self, graph, inputs, threads, precision):
        import openvino
        core = openvino.Core()
        if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise Skip("OpenVINO names no BF16 among the capabilities of this processor")
        model = core.read_model(graph)
        model.reshape({name: list(values.shape) for name, values in inputs.items()})
        config = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
                  "INFERENCE_PRECISION_HINT": {"fp32": "f32"}.get(precision, precision),
                  "ENABLE_CPU_PINNING": False}
        self.precision, self.inputs, self.batch = precision, inputs, len(inputs["spatial"])
        self.request = core.compile_model(model, "CPU", config).create_infer_request()

    def outputs(self):
        results = self.request.infer(self.inputs)
        return [results[i] for i in range(len(results))]

    def turn(self, seconds):
        return best_window(self.outputs, self.batch, seconds)


@dataclasses.dataclass
class Speed:
    best: float = 0.0
    how: str = ""      # batch and form of the graph
    spread: float = 0  # best turn / worst turn of that batch and form

    def offer(self, turns, how):
        if max(turns) > self.best:
            self.best, self.how = max(turns), how
            self.spread = max(turns) / min(turns) if len(turns) > 1 else 0

    def text(self):
        return f"{self.best:.1f} {self.how}".strip() if self.best else "-"


class Report:
    """Prints lines and keeps those of the table for --out; tells every reason to skip once."""

    def __init__(self):
        self.kept, self.told = [], set()

    def line(self, text=""):
        print(text, flush=True)
        self.kept.append(text)

    def skip(self, text):
        if text not in self.told:
            self.told.add(text)
            self.line(f"skipped: {text}")


def missing_packages(report):
    missing = set()
    for package, purpose in PACKAGES.items():
        try:
            importlib.import_module(package)
        except ImportError as error:
            missing.add(package)
            reason = "is not installed" if error.name == package else f"cannot be loaded ({error})"
            report.skip(f"{purpose}: {package} {reason} (pip install {package})")
    return missing


def synthesise(program, net, folder):
    """Our network file and the GMACs per position that the program prints."""
    path = os.path.join(folder, net + ".bin")
    done = run_program(program, "synth-net", net, "-o", path)
    macs = re.search(r"([0-9.]+) GMACs per 19x19 position", done.stdout)
    if done.returncode != 0 or macs is None:
        raise Failure(f"hayago synth-net {net}: {(done.stderr or done.stdout).strip()}")
    return path, float(macs.group(1))


def check_outputs(contestants):
    """Finite numbers from all, and the same ones from the runtimes in fp32."""
    import numpy as np
    reference = None
    for c in contestants:
        if c.runtime == OURS:
            continue
        outputs = c.outputs()
        if not all(np.isfinite(o).all() for o in outputs):
            raise Failure(f"{c.runtime} {c.precision}: outputs are not finite")
        if c.precision != "fp32":
            continue
        if reference is None:
            reference = outputs
        error = max(np.abs(a - b).max() / np.abs(a).max() for a, b in zip(reference, outputs))
        if error > AGREEMENT:
            raise Failure(f"the outputs of {ORT} and {c.runtime} differ by {error:.1e}")


def contestants_for(options, model, graphs_of, inputs, missing, out):
    """`graphs_of`: {form: file}; the form "" is the one with plain ONNX operations."""
    threads, plain = options.threads, graphs_of[""]
    makers = [(OURS, "fp32", lambda: Hayago(options.hayago, model, threads, "fp32"))]
    for form, file in graphs_of.items():
        makers.append((ORT, "fp32", lambda f=form, g=file: OnnxRuntime(g, f, inputs, threads)))
    makers += [(OPENVINO, "fp32", lambda: OpenVino(plain, inputs, threads, "fp32")),
               (OURS, "bf16", lambda: Hayago(options.hayago, model, threads, "bf16")),
               (OPENVINO, "bf16", lambda: OpenVino(plain, inputs, threads, "bf16"))]
    found = []
    for runtime, precision, make in makers:
        if {ORT: "onnxruntime", OPENVINO: "openvino"}.get(runtime) in missing:
            continue
        try:
            found.append(make())
        except Skip as reason:
            out.skip(f"{runtime} {precision}: {reason}")
    return found


def measure_batch(options, contestants, out):
    """[(contestant, positions/s of its turns)] of those that run."""
    check_outputs(contestants)
    turns = {}
    for _ in range(options.rounds):
        for c in list(contestants):
            try:
                turns.setdefault(c, []).append(c.turn(options.seconds / options.rounds))
            except Skip as reason:
                contestants.remove(c)
                out.skip(f"{c.runtime} {c.precision}: {reason}")
    return [(c, rates) for c, rates in turns.items() if rates]


def write_graphs(options, net, folder, expected_gmacs):
    """GMACs per position and {form: file}."""
    import graphs
    import onnx
    files = {}
    for form in ("", "exp") if graphs.ARCHS[net].act == "Mish" else ("",):
        model = graphs.build(net, options.norms, form or "op")
        gmacs = graphs.macs_per_position(model) * 1e-9
        if abs(gmacs / expected_gmacs - 1) > MACS_TOLERANCE:
            raise Failure(f"the graph has {gmacs:.4g} GMACs per position, hayago's network "
                          f"{expected_gmacs:.4g}")
        files[form] = os.path.join(folder, f"{net}{form}.onnx")
        onnx.save(model, files[form])
    return gmacs, files


def measure(options, net, folder, missing, out):
    """GMACs per position and {(runtime, precision): Speed}."""
    import graphs
    model, expected = synthesise(options.hayago, net, folder)
    gmacs, files = write_graphs(options, net, folder, expected)
    speeds = {}
    for batch in options.batches:
        contestants = contestants_for(options, model, files, graphs.inputs(batch), missing, out)
        measured = measure_batch(options, contestants, out)
        texts = []
        for c, turns in measured:
            how = "" if c.runtime == OURS else f"@{batch} {c.form}"
            speeds.setdefault((c.runtime, c.precision), Speed()).offer(turns, how)
            texts.append(f"{c.runtime} {c.precision} {c.form}".strip() + f" {max(turns):.1f}")
            if c.runtime == OURS:
                options.kinds.add(c.kind)
        print(f"{net} batch {batch}: {', '.join(texts)}", flush=True)  # progress, not in the table
        contestants = measured = c = None  # their memory, before the next batch asks for more
    return gmacs, speeds


def ratio(a, b):
    return f"{a.best / b.best:.2f}" if a.best and b.best else "-"


def write_table(results, out):
    row = "{:<22} {:>7} {:>9} {:>15} {:>12} {:>9} {:>14} {:>7}".format
    out.line(row("net, precision", "GMACs", OURS, ORT, OPENVINO, "ours/ORT", "ours/OpenVINO", "spread"))
    for precision in ("fp32", "bf16"):
        for net, (gmacs, speeds) in results.items():
            ours, ort, vino = (speeds.get((who, precision), Speed()) for who in (OURS, ORT, OPENVINO))
            spread = max(s.spread for s in (ours, ort, vino))
            if precision == "fp32" or ours.best or vino.best:
                out.line(row(f"{net} {precision}", f"{gmacs:.3f}", ours.text(),
                             ort.text(), vino.text(), ratio(ours, ort), ratio(ours, vino),
                             f"{spread:.2f}" if spread else "-"))


def cpu_model():
    try:
        with open("/proc/cpuinfo") as lines:
            names = [l.split(":", 1)[1].strip() for l in lines if l.startswith("model name")]
    except OSError:
        names = []
    return f"{names[0] if names else 'unknown'}, {os.cpu_count()} processors"


def write_header(options, missing, load, out):
    versions = [f"{p} {sys.modules[p].__version__}" for p in PACKAGES if p not in missing]
    out.line(f"# positions/s on {options.threads} thread(s), 19x19, no mask; best window of {WINDOW} s or "
             "one run; @N: batch that gave it")
    out.line("# GMACs: multiply-adds of convolutions and products per position, counted in the graph, within "
             f"{MACS_TOLERANCE:.0%} of hayago's; exp: with Mish written out")
    out.line("# spread: best turn / worst turn of the least steady contestant; far above 1 the machine was "
             "busy and ratios mean little")
    out.line(f"# CPU: {cpu_model()}; load average {load:.1f} before, {os.getloadavg()[0]:.1f} after")
    out.line(f"# {options.version}: {', '.join(sorted(options.kinds))}")
    out.line(f"# {', '.join(versions)}; norms as {options.norms}")


def parse_arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--hayago", default=os.path.join(ROOT, "build", "release", "hayago"), help="executable")
    p.add_argument("--nets", default="b6c96,b10c128,b18c384nbt,b20c256,b11c768h12nbt3tf")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seconds", type=float, default=3, help="per contestant and batch size")
    p.add_argument("--batches", default=BATCHES, type=lambda text: [int(n) for n in text.split(",")],
                   help="positions per call of the runtimes (1,8,32)")
    p.add_argument("--rounds", type=int, default=3, help="turns that these seconds are split into")
    p.add_argument("--norms", choices=("batchnorm", "muladd"), default="batchnorm",
                   help="form of a norm in the graphs")
    p.add_argument("--out", help="also write the table to this file")
    options = p.parse_args()
    if options.threads < 1 or options.rounds < 1 or options.seconds <= 0:
        p.error("threads, rounds and seconds must be positive")
    if not os.access(options.hayago, os.X_OK):
        p.error(f"no program {options.hayago}; build it or name it with --hayago")
    options.nets, options.kinds = options.nets.split(","), set()
    options.version = run_program(options.hayago, "version").stdout.partition("\n")[0]
    return options


def main():
    options, out, load = parse_arguments(), Report(), os.getloadavg()[0]
    missing = missing_packages(out)
    if missing & {"numpy", "onnx"}:
        return 0
    import graphs
    unknown = [net for net in options.nets if net not in graphs.ARCHS]
    if unknown:
        print(f"others.py: no graph for {', '.join(unknown)}; known are {' '.join(graphs.ARCHS)}",
              file=sys.stderr)
        return 2
    results, failed = {}, False
    for net in options.nets:
        with tempfile.TemporaryDirectory() as folder:
            try:
                results[net] = measure(options, net, folder, missing, out)
            except Failure as reason:
                failed = True
                out.line(f"not compared: {net}: {reason}")
    if results:
        write_header(options, missing, load, out)
        write_table(results, out)
    if options.out:
        with open(options.out, "w") as file:
            file.write("\n".join(out.kept) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
