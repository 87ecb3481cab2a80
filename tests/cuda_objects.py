#!/usr/bin/env python3
"""Fails unless every CUDA object of a build holds machine code for the architectures it should.

    tests/cuda_objects.py BUILD_FOLDER

Looks into the objects themselves, because compiler flags only say what was asked for and cuobjdump
does not come with every installation of nvcc. The containers inside are those of nvcc 11 to 13: a
header (magic, version, header bytes, bytes after it), then entries of a header (kind, version,
header bytes, bytes after it, ... architecture at 28, flags at 40) and code.
"""
import pathlib
import struct
import sys

MAGIC = struct.pack("<I", 0xBA55ED50)
KIND_PTX, KIND_MACHINE = 1, 2
FLAG_ARCHITECTURE_SPECIFIC = 0x100000  # the "a" of 90a


def architectures(data):
    """[(kind, name)] of all entries, e.g. (KIND_MACHINE, "90a")."""
    found, start = [], data.find(MAGIC)
    while start >= 0:
        header, size = struct.unpack_from("<HQ", data, start + 6)
        at = start + header
        end = at + size
        while at < end:
            kind, _, entry_header, entry_size = struct.unpack_from("<HHIQ", data, at)
            number, = struct.unpack_from("<I", data, at + 28)
            flags, = struct.unpack_from("<I", data, at + 40)
            found.append((kind, f"{number}{'a' if flags & FLAG_ARCHITECTURE_SPECIFIC else ''}"))
            at += entry_header + entry_size
        start = data.find(MAGIC, end)
    return found


def wanted_architectures(build):
    prefix = "HAYAGO_CUDA_ARCHITECTURES:"
    for line in (build / "CMakeCache.txt").read_text().splitlines():
        if line.startswith(prefix):
            return line.split("=", 1)[1].split(";")
    sys.exit("cuda_objects: no HAYAGO_CUDA_ARCHITECTURES in the CMake cache")


def main():
    build = pathlib.Path(sys.argv[1])
    root = pathlib.Path(__file__).resolve().parent.parent
    wanted = wanted_architectures(build)
    problems = []
    sources = sorted((root / "kernels").rglob("*.cu"))
    for source in sources:
        hopper = "sm90a" in source.name
        folder = "hayago_cuda_sm90a.dir" if hopper else "hayago_cuda.dir"
        item = build / "CMakeFiles" / folder / f"{source.relative_to(root)}.o"
        if not item.exists():
            problems.append(f"{source.name}: no object {item}")
            continue
        found = architectures(item.read_bytes())
        needs = [(KIND_MACHINE, name) for name in (["90a"] if hopper else wanted)]
        if not hopper:
            needs.append((KIND_PTX, wanted[-1]))
        for need in needs:
            if need not in found:
                what = "machine code" if need[0] == KIND_MACHINE else "portable code"
                problems.append(f"{source.name}: no {what} for {need[1]}, only {found}")
    for problem in problems:
        print(f"cuda_objects: {problem}", file=sys.stderr)
    if problems or not sources:
        sys.exit(1)
    print(f"machine code for {', '.join(wanted)} in {len(sources)} CUDA objects (90a in those of Hopper), "
          f"portable code for {wanted[-1]}")


if __name__ == "__main__":
    main()
