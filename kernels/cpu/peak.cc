#include "kernels/cpu/peak.h"

#include <algorithm>
#include <chrono>

#include "kernels/cpu/peak_body.h"

namespace hayago::kernels {
namespace {

struct PeakLine {
  Isa isa;
  int lanes;
  float (*burst)(long steps) noexcept;
};

constexpr PeakLine kLines[] = {
#define HAYAGO_PEAK(isa, lanes) HAYAGO_ON_##isa({kIsa_##isa, lanes, peak_f32_##isa}, )
#include "kernels/cpu/peak.inc"
#undef HAYAGO_PEAK
};

double measure(const PeakLine& line, double seconds) {
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;
  constexpr long kSteps = 100'000;  // well under a millisecond: short enough to miss interruptions
  volatile float keep = 0;
  double best = 1e9;
  const auto start = Clock::now();
  do {
    const auto begin = Clock::now();
    keep = keep + line.burst(kSteps);
    best = std::min(best, Seconds(Clock::now() - begin).count());
  } while (Seconds(Clock::now() - start).count() < seconds);
  return static_cast<double>(kSteps) * kPeakChains * line.lanes / best * 1e-9;
}

}  // namespace

double measure_fma_peak_gmacs(Isa isa, double seconds) {
  for (const PeakLine& line : kLines) {
    if (line.isa == float_isa(isa)) return measure(line, seconds);
  }
  return 0;
}

}  // namespace hayago::kernels
