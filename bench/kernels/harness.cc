#include "bench/kernels/harness.h"

#include <time.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>

#include "kernels/cpu/peak.h"

namespace hayago::bench {
namespace {

// Measured once per ISA, a second each.
double peak_gmacs(kernels::Isa isa) {
  static std::map<kernels::Isa, double> known;
  const auto found = known.find(isa);
  if (found != known.end()) return found->second;
  return known[isa] = kernels::measure_fma_peak_gmacs(isa, 1.0);
}

// Of this thread: a call that is interrupted by other programs is not slower for it.
double cpu_seconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

Floats random_floats(std::size_t count) {
  std::mt19937 rng(static_cast<unsigned>(count));
  std::uniform_real_distribution<float> uniform(-0.5f, 0.5f);
  Floats values(count);
  for (float& value : values) value = uniform(rng);
  return values;
}

Floats random_rows(std::size_t rows, int c) {
  const std::size_t stride = kernels::padded(c);
  Floats values = random_floats(rows * stride);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (static_cast<int>(i % stride) >= c) values[i] = 0.0f;
  }
  return values;
}

void time_calls(benchmark::State& state, kernels::Isa isa, const Work& work,
                const std::function<void()>& call) {
  call();  // first touch of the outputs
  double best = 1e9;
  for (auto _ : state) {
    const double begin = cpu_seconds();
    call();
    best = std::min(best, cpu_seconds() - begin);
  }
  state.counters["best_us"] = best * 1e6;
  if (work.macs > 0) {
    const double rate = work.macs / best * 1e-9, peak = peak_gmacs(isa);
    state.counters["GMAC/s"] = rate;
    if (peak > 0) state.counters["%peak"] = 100 * rate / peak;
  }
  if (work.bytes > 0) state.counters["GB/s"] = work.bytes / best * 1e-9;
}

}  // namespace hayago::bench

int main(int argc, char** argv) {
  using namespace hayago;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  bench::register_conv();
  bench::register_gemm();
  bench::register_elementwise();
  bench::register_attention();
  bench::register_narrow();
  for (const kernels::Isa isa :
       {kernels::Isa::kSse2, kernels::Isa::kAvx2, kernels::Isa::kAvx512, kernels::Isa::kNeon}) {
    if (!kernels::isa_usable(isa)) continue;
    std::cout << "FMA peak of one core, " << kernels::isa_name(isa) << ": "
              << bench::peak_gmacs(isa) << " GMAC/s\n";
  }
  benchmark::RunSpecifiedBenchmarks();
}
