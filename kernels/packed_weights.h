// 64-byte aligned storage of packed weights.
#pragma once
#include <cstddef>
#include <vector>

#include "kernels/aligned_memory.h"

namespace hayago::kernels {

using PackedWeights = std::vector<float, AlignedAllocator<float>>;

}  // namespace hayago::kernels
