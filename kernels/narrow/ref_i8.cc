#include "kernels/narrow/ref_narrow.h"

namespace hayago::kernels {
namespace {

void run(const NarrowShape& s, const NarrowRun& run, const Epilogue& epilogue) noexcept {
  const auto* weights = static_cast<const std::int8_t*>(run.packed);
  ref_run<std::int64_t>(
      s, run, epilogue,
      [&](const char* pixel, int i, std::size_t weight) {
        return std::int64_t{reinterpret_cast<const std::uint8_t*>(pixel)[i]} * weights[weight];
      },
      [&](std::int64_t total, int o) {
        if (o >= s.c_out) return 0.0;
        return static_cast<double>(total + run.correction[o]) *
               static_cast<double>(run.multiplier[o]);
      });
}

}  // namespace

const NarrowKernel narrow_i8_ref = {
    "loops",  NarrowType::kU8,   0,   nullptr,      ref_packed_bytes,
    ref_pack, ref_scratch_bytes, run, ref_to_narrow};

}  // namespace hayago::kernels
