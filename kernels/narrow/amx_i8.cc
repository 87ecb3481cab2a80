#include "kernels/narrow/amx_body.h"

namespace hayago::kernels {

const NarrowKernel narrow_i8_amx = NarrowBody<AmxTarget<NarrowType::kU8>>::kKernel;

}  // namespace hayago::kernels
