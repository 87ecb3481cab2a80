// 64-byte aligned storage of packed weights.
#pragma once
#include <cstddef>
#include <vector>
#include <xsimd/memory/xsimd_aligned_allocator.hpp>

#include "kernels/types.h"

namespace hayago::kernels {

using PackedWeights = std::vector<float, xsimd::aligned_allocator<float, kByteAlign>>;

}  // namespace hayago::kernels
