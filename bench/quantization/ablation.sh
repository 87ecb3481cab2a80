#!/usr/bin/env bash
# What every step of `hayago quantize` is worth: one table, one row per combination.
# ablation.sh HAYAGO MODEL CALIBRATION-GAMES EVALUATION-GAMES [further flags of quantize]
# Games are folders or quoted patterns of SGF files. Every row quantizes the network anew.
set -euo pipefail
if [ $# -lt 4 ]; then
  sed -n '2,4s/^# //p' "$0" >&2
  exit 2
fi
hayago=$1 model=$2 calibrate=$3 evaluate=$4
shift 4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

row() {  # label, flags
  local label=$1
  shift
  # shellcheck disable=SC2086 -- the patterns are meant to expand
  "$hayago" quantize --model "$model" --data $calibrate --evaluate-data $evaluate \
    -o "$work/net.safetensors" "$@" 2>"$work/errors" >"$work/report" ||
    { cat "$work/errors" >&2; exit 1; }
  awk -v label="$label" '
    /^same best move .* of / { best = $4 }
    /^policy KL  / { kl = $3 }
    /^winrate \(points\)/ { win = $3; win99 = $6 }
    /^lead \(points\)/ { lead = $3; most = $7 }
    /multiply-accumulates are in int8/ { int8 = $1 }
    / bytes .* of the float weights/ { file = $0; sub(/.*bytes \(/, "", file); sub(/ .*/, "", file) }
    END { printf "%-44s %7s %9s %8s %8s %8s %8s %6s %6s\n",
                 label, best, kl, win, win99, lead, most, int8, file }' "$work/report"
}

printf '%-44s %7s %9s %8s %8s %8s %8s %6s %6s\n' '' 'best' 'policy' 'winrate' 'winrate' 'lead' 'lead' \
  'int8' 'file'
printf '%-44s %7s %9s %8s %8s %8s %8s %6s %6s\n' '' 'move %' 'KL' 'mean' '99 %' 'mean' 'most' \
  'MAC %' '%'
all=(--budget 0 --float-weights f16)
# Without what gradients say, without second bytes, which only `max` shows, and without the fit.
plain=("${all[@]}" --gradients 0 --fine 0 --no-output-fit)
for method in max percentile entropy mse; do
  nearest=("${plain[@]}" --method $method --rounding nearest)
  row "$method" "${nearest[@]}" --balance 0 --no-bias-correction "$@"
  row "$method, bias correction" "${nearest[@]}" --balance 0 "$@"
  row "$method, bias correction, balance 0.5" "${nearest[@]}" --balance 0.5 "$@"
  row "$method, bias c., balance 0.5, compensated" "${plain[@]}" --method $method --balance 0.5 "$@"
done
mixed=(--float-weights f16 --gradients 0 --fine 0 --no-output-fit)  # --budget is its default
row 'max, bias correction, mixed precision' "${mixed[@]}" --rounding nearest --balance 0 "$@"
row 'max, bias c., best steps, compensated' "${plain[@]}" "$@"
row 'the same by gradients' "${all[@]}" --fine 0 --no-output-fit "$@"
row 'by gradients, a quarter more for fine channels' "${all[@]}" --fine 0.25 --no-output-fit "$@"
row 'by gradients, half more for fine channels' "${all[@]}" --no-output-fit "$@"
row 'the same and the value head fitted' "${all[@]}" "$@"
row 'the same, no one-sided positions' "${all[@]}" --one-sided 0 "$@"
row 'value head fitted, all channels fine' "${all[@]}" --fine 1 "$@"
row 'as by default, first layer in int8 in the file' --budget 0 "$@"
row 'by default (mixed precision)' "$@"
