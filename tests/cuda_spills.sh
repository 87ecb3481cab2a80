#!/usr/bin/env bash
# Compiles the hot CUDA kernels with the register report of ptxas and fails when one of them spills
# more registers to memory than the table allows. Needs nvcc ($NVCC, default the one on the PATH);
# takes about fifteen seconds.
#
#     tests/cuda_spills.sh [--list]      --list: registers and spilled bytes of every kernel
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Source and the architecture it is checked for.
sources=("kernels/conv/product.cu 80" "kernels/attention/sm75.cu 80"
  "kernels/conv/product_sm90a.cu 90a")

# One line per kernel that may spill: bytes of spill stores, part of its name without spaces as
# --list prints it, and why. Kernels without a line may have none.
allowed() {
  cat <<'TABLE'
TABLE
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# compile SOURCE ARCHITECTURE: the report, names demangled, in $work/<name>.txt
compile() {
  local name
  name=$(basename "$1" .cu)
  if ! "${NVCC:-nvcc}" -std=c++20 --expt-relaxed-constexpr -I. -arch="sm_$2" -Xptxas -v -cubin \
    -o "$work/$name.cubin" "$1" >"$work/$name.log" 2>&1; then
    cat "$work/$name.log" >&2
    return 1
  fi
  c++filt <"$work/$name.log" >"$work/$name.txt"
}

pids=()
for line in "${sources[@]}"; do
  read -r source architecture <<<"$line"
  compile "$source" "$architecture" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done

# Lines "spilled registers name" without spaces in the name.
cat "$work"/*.txt | awk '
  /Compiling entry function/ {
    name = $0
    sub(/^[^\x27]*\x27(void )?/, "", name)
    sub(/\x27 for \x27.*/, "", name)
    gsub(/hayago::kernels::\(anonymous namespace\)::/, "", name)
    gsub(/ /, "", name)
  }
  /bytes spill stores/ { match($0, /[0-9]+ bytes spill stores/); spilled = substr($0, RSTART) + 0 }
  /Used [0-9]+ registers/ { match($0, /Used [0-9]+/); print spilled, substr($0, RSTART + 5) + 0, name }
' >"$work/kernels"
kernels=$(wc -l <"$work/kernels")
# An empty or short report means that ptxas speaks another way, not that nothing spills.
[ "$kernels" -ge 20 ] || { echo "cuda_spills: only $kernels kernels in the reports of ptxas" >&2; exit 1; }
[ "${1:-}" = --list ] && { echo "spilled bytes, registers, kernel"; sort -rn "$work/kernels"; }

failures=0 spilling=0
while read -r spilled registers name; do
  [ "$spilled" -gt 0 ] || continue
  limit=0
  while read -r bytes part _; do
    case $name in *"$part"*) limit=$bytes ;; esac
  done < <(allowed)
  spilling=$((spilling + 1))
  if [ "$spilled" -gt "$limit" ]; then
    echo "cuda_spills: $name spills $spilled bytes ($registers registers), allowed: $limit" >&2
    failures=$((failures + 1))
  fi
done <"$work/kernels"
[ $failures -eq 0 ] || exit 1
echo "registers: $kernels kernels, $spilling spill, none more than allowed"
