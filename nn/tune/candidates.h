// Internal to this folder: what may be chosen for a layer.
#pragma once
#include <vector>

#include "nn/exec/cpu/cpu_op.h"
#include "nn/exec/cpu/layer_key.h"

namespace hayago::nn {

// Of a convolution or product whose input is `input`, the executor's own choice first. Without the
// "fp32" of int8 layers, which is the business of their float twins.
std::vector<CpuChoice> candidates(LayerInput input, const kernels::ConvShape& shape,
                                  kernels::Isa isa);

// Winograd forms with other numbers of positions per pass over the weights than their own; nothing
// for other kernels.
std::vector<CpuChoice> other_passes(const CpuChoice& choice, int positions);

}  // namespace hayago::nn
