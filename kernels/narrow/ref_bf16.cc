#include "kernels/narrow/ref_narrow.h"

namespace hayago::kernels {
namespace {

void run(const NarrowShape& s, const NarrowRun& run, const Epilogue& epilogue) noexcept {
  ref_run_floats(s, run, epilogue, bf16_to_float);
}

}  // namespace

const NarrowKernel narrow_bf16_ref = {
    "loops",  NarrowType::kBf16, 0,   nullptr,      ref_packed_bytes,
    ref_pack, ref_scratch_bytes, run, ref_to_narrow};

}  // namespace hayago::kernels
