# Sourced by ./dev: the stages of `./dev test`. Every stage stops the run when it fails; the
# closing lines of each ctest run are repeated at the end.

summaries=()

test_usage() {
  cat <<'TEXT'
usage: ./dev test [STAGE...]    stages, in the order of a full run:
  format     clang-format finds nothing to change
  main       build with warnings as errors; all tests, quick and slow
  asan       quick tests under AddressSanitizer and UndefinedBehaviorSanitizer
  tsan       search and evaluator tests, and passes over several cores, under ThreadSanitizer
  arm64      kernels, networks and board cross-compiled, under qemu
  cuda       CUDA objects hold code for every architecture; hot kernels do not spill registers
             (skipped without nvcc)
Without a stage all of them run. HAYAGO_SHARED names the shared test data (default ../shared);
tests that need it are skipped without it.
TEXT
}

# run_ctest NAME DIR [ctest arguments]
run_ctest() {
  local name=$1 dir=$2 log status=0
  shift 2
  log=$dir/ctest-$name.log
  ctest --test-dir "$dir" --output-on-failure -j "$jobs" "$@" >"$log" 2>&1 || status=$?
  # The skipped tests by name, failures in full, and the closing lines.
  if [ $status -ne 0 ]; then
    grep -vE '^ *[0-9]+/[0-9]+ Test +#[0-9]+: .* Passed ' "$log" || true
    die "$name: tests failed (log: $log)"
  fi
  local closing
  closing=$(sed -n '/tests passed/,$p' "$log")
  printf '%s\n' "$closing"
  summaries+=("$name"$'\n'"$closing")
}

stage_format() { cmd_format --check; }

stage_main() {
  build ci
  run_ctest main build/ci
}

stage_asan() {
  build asan
  # Conversations with clocks and deadlines of clients measure a program without instruments.
  run_ctest asan build/asan -L quick -E '^test_e2e:(clients|match):'
}

stage_tsan() {
  build tsan test_search test_nn
  TSAN_OPTIONS=halt_on_error=1 run_ctest tsan build/tsan -L quick \
    -R '^test_(search|nn:.*(several cores|is helped|share and part))'
}

stage_arm64() {
  ensure_cross
  build arm64
  # Emulated: about fifty times slower, so only the quick tests (they hold a sample of the
  # reference evaluations on NEON), and none that emulate a GPU inside; those run natively.
  run_ctest arm64 build/arm64 -L quick -E '[[(]emulated[])]$'
}

# The CUDA sources themselves are compiled by the main build, warnings as errors there, too.
stage_cuda() {
  build ci hayago_kernels
  local nvcc
  nvcc=$(sed -n 's/^HAYAGO_NVCC:[A-Z]*=//p' build/ci/CMakeCache.txt)
  if [ ! -x "$nvcc" ]; then
    echo "[skipped] cuda: the build found no nvcc"
    summaries+=("cuda"$'\n'"skipped: the build found no nvcc")
    return
  fi
  local objects registers
  objects=$(python3 tests/cuda_objects.py build/ci) || die "cuda: objects without code"
  registers=$(NVCC=$nvcc tests/cuda_spills.sh) || die "cuda: registers spill"
  printf '%s\n%s\n' "$objects" "$registers"
  summaries+=("cuda"$'\n'"$objects"$'\n'"$registers")
}

run_tests() {
  local stages=(format main asan tsan arm64 cuda) stage
  if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    test_usage
    return
  fi
  [ $# -gt 0 ] && stages=("$@")
  for stage in "${stages[@]}"; do
    declare -F "stage_$stage" >/dev/null || { test_usage >&2; die "unknown stage: $stage"; }
    say "stage $stage ($(date +%H:%M:%S))"
    "stage_$stage"
  done
  local summary
  for summary in "${summaries[@]}"; do printf '\n-- %s\n' "$summary"; done
}
