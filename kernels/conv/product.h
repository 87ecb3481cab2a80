// The product kernels of one backend, for launch_product() to choose from. Internal to
// kernels/conv.
#pragma once
#include <span>

#include "kernels/conv/product_tiles.h"
#include "kernels/cuda/gpu.h"

namespace hayago::kernels {

// Hopper only (compute capability 9.0). The tile is one of sm90a_tiles(); without one the kernel
// chooses.
const char* launch_product_sm90a(const GpuProduct& product, const GpuDevice& device,
                                 GpuStream stream, const ProductTile* tile = nullptr);
std::span<const ProductTile> sm90a_tiles();

}  // namespace hayago::kernels
