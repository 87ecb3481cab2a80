#!/usr/bin/env bash
# Everything that needs a GPU, in one go: tests, compute-sanitizer, speeds, tables and a plot.
#
#     bench/gpu/run.sh [--quick] [--model FILE] [--out FOLDER]
#
#     --quick         tests of kernels and networks and the speed of two networks (below 90 s)
#     --model FILE    also the start-up and the search with this network
#     --out FOLDER    default bench/results/gpu-<device>
#     BUILD=FOLDER    use that build as it is, e.g. one made elsewhere; default: build/release, built
#
# Without a GPU it says so and ends with 0. Ends with 1 when a test or a sanitizer finds something.
# Every part has a time limit, all together end within eight minutes.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

quick=0 model='' out=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=1; shift ;;
    --model) model=${2:?"--model needs a file"}; shift 2 ;;
    --out) out=${2:?"--out needs a folder"}; shift 2 ;;
    *) sed -n '2,13s/^# \{0,1\}//p' "$0"; [ "$1" = --help ]; exit ;;
  esac
done
[ -z "$model" ] || [ -r "$model" ] || { echo "run.sh: cannot read $model" >&2; exit 2; }

skip() { echo "[skipped] $*"; exit 0; }

# --- build ------------------------------------------------------------------------------------
if [ -z "${BUILD:-}" ]; then
  [ -e /dev/nvidiactl ] || [ -e /dev/dxg ] || skip "no NVIDIA device on this machine"
  command -v nvcc >/dev/null || skip "no nvcc to build with, and no BUILD given"
  BUILD=build/release
  { cmake --preset release && cmake --build "$BUILD" --target hayago test_kernels test_nn \
    test_search test_gtp bench_gpu_products bench_gpu_nets; } >&2 || exit 1
fi
for program in hayago tests/test_kernels tests/test_nn bench/bench_gpu_products bench/bench_gpu_nets; do
  [ -x "$BUILD/$program" ] || { echo "run.sh: $BUILD has no $program" >&2; exit 2; }
done
# "0 NVIDIA H200 (compute 9.0, ...)..." or "none (why)"
devices=$("$BUILD/hayago" version | sed -n 's/^CUDA devices: //p')
case $devices in
  '') echo "run.sh: $BUILD/hayago does not name its CUDA devices" >&2; exit 1 ;;
  none*) skip "no GPU: $devices" ;;
esac
device=$(sed 's/^[0-9]* //; s/ (compute.*//' <<<"$devices")
slug=$(printf '%s' "$device" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-' | sed 's/^-*//; s/-*$//')
out=${out:-bench/results/gpu-$slug}
mkdir -p "$out" || exit 1
results=$out/results.txt
: >"$results"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# --- parts ------------------------------------------------------------------------------------
failures=0
SECONDS=0
[ $quick -eq 1 ] && budget=85 || budget=480

say() { echo "$*" | tee -a "$results"; }

# part KIND TITLE LIMIT command...: runs it for at most LIMIT seconds and what is left of the budget.
# KIND says what becomes of the output and of a failure:
#   test       closing lines; a failure or the end of the time counts
#   sanitizer  closing lines; findings count, the end of the time is only reported
#   table      all of the output; a failure counts
part() {
  local kind=$1 title=$2 limit=$3 left=$((budget - SECONDS)) status=0
  shift 3
  say ""
  say "## $title"
  [ "$limit" -le "$left" ] || limit=$left
  if [ "$limit" -lt 5 ]; then
    say "left out: no time left"
    return
  fi
  local start=$SECONDS
  timeout --kill-after=5 "$limit" "$@" >"$log" 2>&1 || status=$?
  if [ "$kind" = table ]; then
    tee -a "$results" <"$log"
  elif [ $status -ne 0 ] && [ $status -ne 124 ]; then
    tail -60 "$log" | tee -a "$results"
  else
    # What tests tell by the way (WARN), what was skipped, and the end.
    { awk '/: warning:$/ { telling = 1; next } NF == 0 { telling = 0 } telling || /^\[skipped\]/' "$log"
      tail -4 "$log" | grep -vE '^(=+|-+|\.+)?$'; } | tee -a "$results"
  fi
  case $kind/$status in
    */0) say "ok, $((SECONDS - start)) s" ;;
    sanitizer/124 | sanitizer/137) say "not finished within $limit s, nothing found until then" ;;
    table/124 | table/137) say "stopped after $limit s" ;;
    */124 | */137) say "FAILED: not finished within $limit s"; failures=$((failures + 1)) ;;
    *) say "FAILED with status $status"; failures=$((failures + 1)) ;;
  esac
}

test_part() {  # PROGRAM LIMIT
  [ -x "$BUILD/tests/$1" ] || { say ""; say "## $1 [gpu]"; say "left out: not in $BUILD"; return; }
  part test "$1 [gpu]" "$2" "$BUILD/tests/$1" "[gpu]"
}

sanitizer_part() {  # TOOL PROGRAM LIMIT
  part sanitizer "compute-sanitizer $1, $2 [gpu]" "$3" compute-sanitizer --tool "$1" \
    --error-exitcode 9 "$BUILD/tests/$2" "[gpu]"
}

sanitizers() {
  if ! command -v compute-sanitizer >/dev/null; then
    say ""
    say "[skipped] compute-sanitizer is not installed"
    return
  fi
  local program tool
  for program in test_kernels test_nn; do
    for tool in memcheck racecheck; do sanitizer_part $tool $program 40; done
  done
}

# From the start of the program to its first answer, and a search.
search_parts() {
  local engine=("$BUILD/hayago") with=(-model "$model" -override-config backend=cuda)
  local start end
  start=$(date +%s%N)
  if echo name | timeout 60 "${engine[@]}" gtp "${with[@]}" >"$log" 2>&1; then
    end=$(date +%s%N)
    say ""
    say "## start-up, to the end of a session of one command: $(((end - start) / 1000000)) ms"
  else
    say "FAILED: hayago gtp"
    tail -20 "$log" | tee -a "$results"
    failures=$((failures + 1))
  fi
  part table "hayago benchmark, $(basename "$model")" 60 "${engine[@]}" benchmark "${with[@]}" \
    -visits 1600 -numpositions 5 -threads "64,256,512"
}

say "devices: $devices"
say "build: $("$BUILD/hayago" version | head -1), $(git rev-parse --short HEAD 2>/dev/null || echo 'no git')"
test_part test_kernels $((quick ? 20 : 60))
test_part test_nn $((quick ? 20 : 60))
if [ $quick -eq 0 ]; then
  test_part test_search 60
  test_part test_gtp 60
fi

part table "ceilings of this GPU (PyTorch)" 25 python3 bench/gpu/peak.py
peak=$(sed -n 's/.*product: \([0-9]*\) TFLOP.*/\1/p' "$results" | head -1)
nets=(--json "$out/nets.json" --peak "${peak:-0}")
[ $quick -eq 1 ] && nets+=(--nets "b18c384nbt,b20c256" --batches "1,16,64,256")
part table "networks, fp16" 120 "$BUILD/bench/bench_gpu_nets" "${nets[@]}"
if [ $quick -eq 0 ]; then
  part table "networks, fp32" 30 "$BUILD/bench/bench_gpu_nets" --precision fp32 \
    --nets b18c384nbt,b20c256 --batches 16,64,256
  rm -f "$out/torch.json"
  part table "networks in PyTorch, fp16" 90 python3 bench/gpu/torch_nets.py --json "$out/torch.json"
fi
[ -n "$model" ] && search_parts
if [ $quick -eq 0 ]; then
  sanitizers
  part table "products" 60 "$BUILD/bench/bench_gpu_products" all
fi
if [ -s "$out/nets.json" ]; then
  compare=("$out/nets.json" --svg "$out/nets.svg")
  [ -s "$out/torch.json" ] && compare+=(--torch "$out/torch.json")
  part table "positions per second" 20 python3 bench/gpu/plot.py "${compare[@]}"
fi

say ""
say "$SECONDS s, failures: $failures; results in $out"
[ $failures -eq 0 ]
