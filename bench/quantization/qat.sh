#!/usr/bin/env bash
# What training recovers of a network that was poorly quantized: one scale for all weights of a layer, ranges
# up to the largest value, every weight to its nearest integer. Some games train, others judge.
#
#     bench/quantization/qat.sh [--model FILE] [--games FOLDER] [--out FILE] [-- FLAGS]
#
#     --model FILE    network in float; default: b6c96 of the shared data
#     --games FOLDER  game records (*.sgf): in the order of their names, the first 300 train, the last 200 judge
#     --out FILE      default bench/results/int8-qat-<network>.txt
#     -- FLAGS        further flags of `hayago quantize`, e.g. -- --qat 3000
#     BUILD=FOLDER    use that build as it is; default: build/release, built
#
# Ends with 0 if training takes away at least 70 % of the divergence, with 1 if less, with 2 on failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2

shared=${HAYAGO_SHARED:-../shared}
model=$shared/models/g170-b6c96-s175395328-d26788732.bin.gz games=$shared/games out=''
flags=()
die() { echo "qat.sh: $*" >&2; exit 2; }
while [ $# -gt 0 ]; do
  case $1 in
    --model) model=${2:?"--model needs a file"}; shift 2 ;;
    --games) games=${2:?"--games needs a folder"}; shift 2 ;;
    --out) out=${2:?"--out needs a file"}; shift 2 ;;
    --) shift; flags=("$@"); break ;;
    *) sed -n '2,15s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0; exit 2 ;;
  esac
done
[ -r "$model" ] || die "cannot read $model"
[ -d "$games" ] || die "no folder $games"
if [ -z "${BUILD:-}" ]; then
  ./dev build release || die "the build failed"
  BUILD=build/release
fi
[ -x "$BUILD/hayago" ] || die "no program $BUILD/hayago"
mapfile -t records < <(find -L "$games" -name '*.sgf' | LC_ALL=C sort)
[ ${#records[@]} -ge 500 ] || die "$games has ${#records[@]} records; 500 are wanted"
name=$(basename "$model")
out=${out:-bench/results/int8-qat-${name%%.*}.txt}
work=$(mktemp -d) || die "no temporary folder"
trap 'rm -rf "$work"' EXIT

"$BUILD/hayago" quantize -model "$model" --data "${records[@]:0:300}" --evaluate-data "${records[@]: -200}" \
  -o "$work/net.safetensors" --positions 20000 --evaluate 1000000 --evaluate-every 4 --method qat \
  --weight-scales tensor --float-weights f16 --no-output-fit ${flags[@]+"${flags[@]}"} >"$work/report" ||
  die "quantize failed"
{
  echo "# bench/quantization/qat.sh ${flags[*]:-}: ${name%%.*}, 300 games train, 200 others judge"
  echo "# $("$BUILD/hayago" version | head -1); $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2- | xargs), $(nproc) cores"
  grep -E 'calibrate$|^(Calibrated|Then trained|Judged) ' "$work/report"
  echo
  grep -E '^(int8 against|rounded|trained|Training) ' "$work/report"
  echo
  sed -n '/^difference /,/^ownership /p;/^goal for int8/,$p' "$work/report"
} | tee "$out"
share=$(sed -n 's/^Training takes away \(-\{0,1\}[0-9]*\)[.0-9]* %.*/\1/p' "$work/report")
[ -n "$share" ] || die "the report has no table of before and after"
[ "$share" -ge 70 ]
