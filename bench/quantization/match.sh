#!/usr/bin/env bash
# What int8 costs in playing strength: the network of run.sh in int8 against the same in float, 400 games on
# 19x19 with paired random openings and equal visits. About two hours on two cores.
#
#     bench/quantization/match.sh [--model FILE] [--int8 FILE] [--out FOLDER] [-- FLAGS of hayago match]
#
#     --model FILE    network in float; default: b6c96 of the shared data
#     --int8 FILE     the same in int8; default: that of `run.sh --keep`, made if it is not there
#     --out FOLDER    games and their table (build/int8-match); the same command goes on with what is there
#     BUILD=FOLDER    use that build as it is; default: build/release, built
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2

shared=${HAYAGO_SHARED:-../shared}
model=$shared/models/g170-b6c96-s175395328-d26788732.bin.gz int8='' out=build/int8-match
flags=()
die() { echo "match.sh: $*" >&2; exit 2; }
while [ $# -gt 0 ]; do
  case $1 in
    --model) model=${2:?"--model needs a file"}; shift 2 ;;
    --int8) int8=${2:?"--int8 needs a file"}; shift 2 ;;
    --out) out=${2:?"--out needs a folder"}; shift 2 ;;
    --) shift; flags=("$@"); break ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0; exit 2 ;;
  esac
done
[ -r "$model" ] || die "cannot read $model"
if [ -z "${BUILD:-}" ]; then
  ./dev build release || die "the build failed"
  BUILD=build/release
fi
name=$(basename "$model")
name=${name%%.*}
if [ -z "$int8" ]; then
  int8=$out.int8/$name-int8.safetensors
  if [ ! -e "$int8" ]; then
    BUILD=$BUILD bench/quantization/run.sh --model "$model" --out "$out.int8" --keep  # a missed goal is no obstacle
    [ -e "$int8" ] || die "no network in int8"
  fi
fi
exec "$BUILD/hayago" match --a-model "$int8" --a-name int8 --b-model "$model" --b-name fp32 \
  --b-override precision=fp32 --visits 100 --games 400 --resign-winrate 0.05 --resign-moves 4 --out "$out" \
  ${flags[@]+"${flags[@]}"}
