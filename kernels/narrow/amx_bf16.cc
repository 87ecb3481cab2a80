#include "kernels/narrow/amx_body.h"

namespace hayago::kernels {

const NarrowKernel narrow_bf16_amx = NarrowBody<AmxTarget<NarrowType::kBf16>>::kKernel;

}  // namespace hayago::kernels
