#!/usr/bin/env bash
# What int8 costs a network, by the protocol of README.md: some games calibrate, others judge.
#
#     bench/quantization/run.sh [--model FILE] [--games FOLDER] [--npz FILE] [--out FOLDER]
#                               [--calibrate N] [--judge N] [--positions N] [--gzip] [-- FLAGS]
#
#     --model FILE    network in float; default: b6c96 of the shared data
#     --games FOLDER  game records (*.sgf, 19x19), split in the order of their names
#     --npz FILE      training positions with targets for the losses; left out if there are none
#     --out FOLDER    default bench/results/int8-<network>
#     --calibrate N   so many games from the first on calibrate (300)
#     --judge N       so many games up to the last judge (200)
#     --positions N   positions that calibrate (2000)
#     --gzip          the quantized network in one gzip member (.safetensors.gz)
#     --keep          leave the quantized network in the folder, too
#     -- FLAGS        further flags of `hayago quantize`, e.g. -- --method mse --budget 0
#     BUILD=FOLDER    use that build as it is; default: build/release, built
#
# Ends with 0 if all goals are met, with 1 if one is missed, with 2 if it could not be measured.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2

shared=${HAYAGO_SHARED:-../shared}
model=$shared/models/g170-b6c96-s175395328-d26788732.bin.gz
games=$shared/games npz=$shared/golden/positions-1024.npz out='' keep=0 gzip=''
calibrate=300 judge=200 positions=2000
least=8000  # positions that judge
flags=()
die() { echo "run.sh: $*" >&2; exit 2; }
number() { [[ $2 =~ ^[1-9][0-9]*$ ]] || die "$1 needs a number, got '$2'"; }
while [ $# -gt 0 ]; do
  case $1 in
    --model) model=${2:?"--model needs a file"}; shift 2 ;;
    --games) games=${2:?"--games needs a folder"}; shift 2 ;;
    --npz) npz=${2:?"--npz needs a file"}; shift 2 ;;
    --out) out=${2:?"--out needs a folder"}; shift 2 ;;
    --calibrate) number "$1" "${2:-}"; calibrate=$2; shift 2 ;;
    --judge) number "$1" "${2:-}"; judge=$2; shift 2 ;;
    --positions) number "$1" "${2:-}"; positions=$2; shift 2 ;;
    --gzip) gzip=.gz; shift ;;
    --keep) keep=1; shift ;;
    --) shift; flags=("$@"); break ;;
    *) sed -n '2,20s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0; exit 2 ;;
  esac
done
[ -r "$model" ] || die "cannot read $model"
[ -d "$games" ] || die "no folder $games"
command -v python3 >/dev/null || die "needs python3"

if [ -z "${BUILD:-}" ]; then
  ./dev build release || die "the build failed"
  BUILD=build/release
fi
hayago=$BUILD/hayago
[ -x "$hayago" ] || die "no program $hayago"

# --- games: the first ones calibrate, the last ones judge, none does both -------------------------
mapfile -t records < <(find -L "$games" -name '*.sgf' | LC_ALL=C sort)
[ ${#records[@]} -ge $((calibrate + judge)) ] ||
  die "$games has ${#records[@]} records; $calibrate + $judge are wanted"
first=("${records[@]:0:calibrate}")
last=("${records[@]:${#records[@]}-judge}")

name=$(basename "$model")
name=${name%%.*}
out=${out:-bench/results/int8-$name}
mkdir -p "$out" || die "cannot create $out"
work=$(mktemp -d) || die "no temporary folder"
trap 'rm -rf "$work"' EXIT
net=$work/$name-int8.safetensors$gzip

# Dense enough for 8,000 positions of 200 games, whatever the number of games.
every=$((judge * 4 / 200))
[ "$every" -ge 1 ] || every=1

{
  echo "# bench/quantization/run.sh: $calibrate games calibrate, $judge others judge"
  echo "# $("$hayago" version | head -1); $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs), $(nproc) cores"
  echo "# flags: --positions $positions --evaluate-every $every ${flags[*]:-}"
  "$hayago" quantize -model "$model" --data "${first[@]}" --evaluate-data "${last[@]}" \
    -o "$net" --positions "$positions" --evaluate 1000000 --evaluate-every "$every" \
    --report "$out/report.html" --json "$work/report.json" ${flags[@]+"${flags[@]}"} ||
    { echo "quantize failed"; exit 2; }
  if [ -r "$npz" ]; then
    echo
    "$hayago" compare "$model@fp32" "$net" --npz "$npz" || { echo "compare failed"; exit 2; }
  fi
} | tee "$out/results.txt"
[ "${PIPESTATUS[0]}" -eq 0 ] || die "the measurement failed"

# Numbers to keep: without the thousands of single positions.
python3 - "$work/report.json" "$out/report.json" "$least" <<'PYTHON'
import json, sys
source, target, least = sys.argv[1:]
report = json.load(open(source))
for key in ("positions", "games"):
    report[key] = len(report[key])
with open(target, "w") as out:
    json.dump(report, out, indent=1)
    out.write("\n")
if report["positions"] < int(least):
    sys.exit(f"run.sh: only {report['positions']} positions judged, {least} are wanted")
missed = [goal["goal"] for goal in report["goals"] if not goal["met"]]
print(f"\n{len(report['goals']) - len(missed)} of {len(report['goals'])} goals met"
      + (": missed " + "; ".join(missed) if missed else ""))
sys.exit(1 if missed else 0)
PYTHON
status=$?
[ "$keep" -eq 0 ] || cp "$net" "$out/" || die "cannot copy the network"
exit "$status"
