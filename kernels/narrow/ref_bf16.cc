#include "kernels/narrow/ref_narrow.h"

namespace hayago::kernels {
namespace {

void run(const NarrowShape& s, const NarrowRun& run, const Epilogue& epilogue) noexcept {
  const auto* weights = static_cast<const std::uint16_t*>(run.packed);
  ref_run<double>(
      s, run, epilogue,
      [&](const char* pixel, int i, std::size_t weight) {
        std::uint16_t bits;
        std::memcpy(&bits, pixel + 2 * i, sizeof bits);
        return static_cast<double>(bf16_to_float(bits)) *
               static_cast<double>(bf16_to_float(weights[weight]));
      },
      [](double total, int) { return total; });
}

}  // namespace

const NarrowKernel narrow_bf16_ref = {
    "loops",  NarrowType::kBf16, 0,   nullptr,      ref_packed_bytes,
    ref_pack, ref_scratch_bytes, run, ref_to_narrow};

}  // namespace hayago::kernels
